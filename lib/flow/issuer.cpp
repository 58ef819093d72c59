#include "flow/issuer.hpp"

#include "core/escape.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds slice{100};
constexpr Milliseconds first_back_off{100};
constexpr Milliseconds longest_back_off{2000};
constexpr Milliseconds long_pace{5000};

/// While records come, the offsets are committed so often. A commit costs a broker as much as a batch costs a database, and what it
/// saves a successor is to read so much again and to find it issued.
constexpr Milliseconds commit_interval{100};
constexpr Milliseconds calm{10};

bool is_transient(FaultKind kind) {
    return kind == FaultKind::unreachable || kind == FaultKind::unknown || kind == FaultKind::refused;
}

} // namespace

Issuer::Issuer(const ConsumeSettings& settings, Subscriber& subscriber, Ledger& ledger, World& world, Journal& journal, EndsAt ends_at)
    : settings_(settings), subscriber_(subscriber), ledger_(ledger), world_(world), journal_(journal), ends_at_(ends_at),
      ledger_trouble_(journal), topic_trouble_(journal), pace_start_(world.now()) {}

Status Issuer::run(const std::function<bool()>& should_end, const std::function<void(bool)>& holds_first_partition) {
    holds_first_partition_ = holds_first_partition;
    while (!should_end()) {
        const auto most = wait_for_pace(should_end);
        if (!most) return most.fault();
        if (auto gathered = gather(*most, should_end); !gathered) return gathered;
        const bool has_caught_up = batch_.empty();
        if (auto written = write(should_end); !written) return written;
        commit_when_due(has_caught_up);
    }
    commit();
    return Done{};
}

Result<std::size_t> Issuer::wait_for_pace(const std::function<bool()>& should_end) {
    if (!settings_.max_rate) return settings_.batch;
    const Pacer pacer(*settings_.max_rate);
    bool is_paused = false;
    while (!should_end()) {
        const auto elapsed = world_.now() - pace_start_;
        if (const auto open = pacer.allowed(elapsed) - paced_; open > 0) {
            if (is_paused) subscriber_.resume();
            return std::min(settings_.batch, static_cast<std::size_t>(open));
        }
        const auto missing = std::chrono::ceil<Milliseconds>(pacer.due(paced_) - elapsed);
        // The group expects a sign of life every few minutes; a slower pace must poll on without taking records.
        if (missing > long_pace && !is_paused) {
            subscriber_.pause();
            is_paused = true;
        }
        if (is_paused) {
            auto polled = subscriber_.poll(slice);
            if (!polled) return polled.fault();
            take(std::move(*polled));
        } else {
            world_.pause(std::min(missing, slice));
        }
    }
    return std::size_t{0};
}

void Issuer::take(Polled&& polled) {
    if (auto* record = std::get_if<SourceRecord>(&polled)) {
        batch_.push_back(std::move(*record));
    } else if (const auto* changed = std::get_if<AssignmentChanged>(&polled)) {
        // What is in hand will come again, here or at another worker; committing old positions would move the group back.
        batch_.clear();
        uncommitted_.clear();
        assignment_changed_ = true;
        // A broker that was away lets a worker back into its group only when its former self's session is over, seconds later. Until then
        // whoever redrove and armed goes on: both may be done twice.
        if (!is_broker_away_ || !changed->partitions.empty()) holds_first_partition_(changed->partitions.contains(0));
        std::string list;
        for (const auto partition : changed->partitions)
            list += " " + std::to_string(partition);
        journal_.info(list.empty() ? "this worker has no partition now" : "this worker has partitions" + list);
    } else if (const auto* away = std::get_if<BrokerAway>(&polled)) {
        is_broker_away_ = true;
        topic_trouble_.trouble(away->fault.text() + "; waiting for it");
    } else if (std::holds_alternative<BrokerBack>(polled)) {
        is_broker_away_ = false;
        topic_trouble_.over("kafka is back");
    }
}

Status Issuer::gather(std::size_t most, const std::function<bool()>& should_end) {
    // What is settled is committed as soon as nothing more comes.
    Tick until = world_.now() + (uncommitted_.empty() ? slice : calm);
    while (batch_.size() < most && !should_end()) {
        const auto left = std::chrono::ceil<Milliseconds>(until - world_.now());
        if (left.count() <= 0) break;
        const bool was_empty = batch_.empty();
        auto polled = subscriber_.poll(left);
        if (!polled) return polled.fault();
        take(std::move(*polled));
        if (was_empty && !batch_.empty()) until = world_.now() + settings_.linger;
    }
    // Nothing came although something might have: the pace starts anew, so that what was missed is not caught up in a burst.
    if (settings_.max_rate && batch_.empty() && most > 0) {
        pace_start_ = world_.now();
        paced_ = 0;
    }
    return Done{};
}

Status Issuer::write(const std::function<bool()>& should_end) {
    Milliseconds pause = first_back_off;
    while (!batch_.empty()) {
        const auto outcomes = ledger_.issue(batch_, world_.now() + time_of_call(settings_, ends_at_, world_.now()));
        if (outcomes) {
            ledger_trouble_.over("the ledger is back");
            count(*outcomes);
            for (const auto& record : batch_)
                uncommitted_[record.at.partition] = record.at.offset + 1;
            paced_ += static_cast<std::int64_t>(batch_.size());
            batch_.clear();
            break;
        }
        if (!is_transient(outcomes.fault().kind)) return outcomes.fault();
        // Nothing of the batch is committed on the topic, so leaving now loses nothing: it comes again.
        if (should_end()) return Done{};
        const auto still_ours = back_off(outcomes.fault(), pause);
        if (!still_ours) return still_ours.fault();
        pause = std::min(pause * 2, longest_back_off);
        pace_start_ = world_.now();
        paced_ = 0;
    }
    return Done{};
}

Result<bool> Issuer::back_off(const Fault& fault, Milliseconds pause) {
    ledger_trouble_.trouble(fault.text_with("trying again, nothing is lost"));
    assignment_changed_ = false;
    subscriber_.pause();
    const Tick until = world_.now() + pause;
    while (world_.now() < until && !world_.stopping()) {
        // Polling keeps this worker in the group while the database is away.
        auto polled = subscriber_.poll(std::min(slice, pause));
        if (!polled) return polled.fault();
        take(std::move(*polled));
    }
    subscriber_.resume();
    return !assignment_changed_;
}

void Issuer::count(const std::vector<RecordOutcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        switch (outcomes[i].becomes) {
        case RecordClass::issued: ++report_.issued; break;
        case RecordClass::already_issued: ++report_.already_issued; break;
        case RecordClass::stale: ++report_.stale; break;
        case RecordClass::fenced: ++report_.fenced; break;
        case RecordClass::failed:
            ++report_.failed;
            journal_.error("failed event: partition " + std::to_string(batch_[i].at.partition) + " offset " +
                           std::to_string(batch_[i].at.offset) + ": " + outcomes[i].reason);
            break;
        }
    }
}

void Issuer::commit_when_due(bool has_caught_up) {
    if (has_caught_up || world_.now() - committed_last_ >= commit_interval) commit();
}

void Issuer::commit() {
    if (uncommitted_.empty()) return;
    committed_last_ = world_.now();
    const auto committed = subscriber_.commit(uncommitted_, world_.now() + time_of_call(settings_, ends_at_, world_.now()));
    // Another worker has the partition now and will find the rows already issued. Otherwise the next commit carries these offsets too.
    if (committed || committed.fault().kind == FaultKind::not_mine) {
        uncommitted_.clear();
        topic_trouble_.over("kafka is back");
    } else {
        topic_trouble_.trouble(committed.fault().text_with("the offsets are committed later"));
    }
}

} // namespace coupon
