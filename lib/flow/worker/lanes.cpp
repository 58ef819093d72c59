#include "flow/worker/lanes.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

Lanes::Lanes(const Ledgers& ledgers, std::function<Deadline()> deadline) : deadline_(std::move(deadline)) {
    for (auto* ledger : ledgers)
        lanes_.emplace_back(*ledger);
    try {
        for (auto& lane : lanes_)
            lane.thread = std::thread([this, &lane] { work(lane); });
    } catch (...) {
        // The process may have no more threads; those that it has must end before they go.
        end();
        throw;
    }
}

Lanes::~Lanes() {
    end();
}

void Lanes::end() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    has_work_.notify_all();
    for (auto& lane : lanes_) {
        if (lane.thread.joinable()) lane.thread.join();
    }
}

void Lanes::work(Lane& lane) {
    std::unique_lock lock(mutex_);
    while (true) {
        has_work_.wait(lock, [&] { return is_over_ || (faults_.empty() && !lane.waiting.empty()); });
        if (is_over_) return;
        auto batch = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        lane.is_writing = true;
        lock.unlock();
        auto outcomes = issue(lane, batch);
        lock.lock();
        lane.is_writing = false;
        lane.is_troubled = !outcomes;
        if (outcomes) {
            written_.push_back({std::move(batch), std::move(*outcomes)});
        } else {
            lane.waiting.push_front(std::move(batch));
            faults_.push_back(outcomes.fault());
        }
        has_ended_.notify_all();
    }
}

Result<std::vector<RecordOutcome>> Lanes::issue(Lane& lane, const Batch& batch) noexcept {
    try {
        return lane.ledger.issue(batch, deadline_());
    } catch (...) {
        const std::lock_guard lock(mutex_);
        thrown_ = std::current_exception();
        return Fault{FaultKind::interrupted, "the issuing ended before its time", {}};
    }
}

bool Lanes::is_writing() const {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.is_writing; });
}

void Lanes::forget() {
    faults_.clear();
    for (auto& lane : lanes_) {
        lane.waiting.clear();
        lane.is_troubled = false;
    }
}

std::size_t Lanes::waiting(std::size_t lane) const {
    const std::lock_guard lock(mutex_);
    return lanes_[lane].waiting.size();
}

bool Lanes::is_idle(std::size_t lane) const {
    const std::lock_guard lock(mutex_);
    return lanes_[lane].is_idle();
}

bool Lanes::is_idle() const {
    const std::lock_guard lock(mutex_);
    return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.is_idle(); });
}

bool Lanes::is_troubled() const {
    const std::lock_guard lock(mutex_);
    return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.is_troubled; });
}

void Lanes::give(std::size_t lane, Batch&& batch) {
    {
        const std::lock_guard lock(mutex_);
        lanes_[lane].waiting.push_back(std::move(batch));
    }
    has_work_.notify_all();
}

std::vector<Written> Lanes::take_written() {
    const std::lock_guard lock(mutex_);
    if (thrown_) std::rethrow_exception(thrown_);
    return std::exchange(written_, {});
}

std::vector<Fault> Lanes::stopped_by() const {
    const std::lock_guard lock(mutex_);
    return has_stopped() ? faults_ : std::vector<Fault>{};
}

void Lanes::wait_for_news(Milliseconds most) const {
    std::unique_lock lock(mutex_);
    has_ended_.wait_for(lock, most, [this] { return !written_.empty() || has_stopped(); });
}

void Lanes::wait_until_written(Milliseconds most) const {
    std::unique_lock lock(mutex_);
    has_ended_.wait_for(lock, most, [this] {
        return has_stopped() || std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.is_idle(); });
    });
}

void Lanes::go_on() {
    {
        const std::lock_guard lock(mutex_);
        faults_.clear();
    }
    has_work_.notify_all();
}

void Lanes::drop() {
    std::unique_lock lock(mutex_);
    forget();
    has_ended_.wait(lock, [this] { return !is_writing(); });
    forget(); // a transaction that met a fault just now leaves its batch
}

} // namespace coupon
