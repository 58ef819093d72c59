#include "flow/apply/shared_history.hpp"

#include <utility>

namespace coupon {

Status SharedHistory::write(std::string_view lines, const HistoryCounts& held) {
    Handed mine;
    mine.lines = lines;
    mine.held = held;
    // Once it is handed over, the writer may turn `mine.earlier` round.
    auto* before = last_.load(std::memory_order_relaxed);
    do
        mine.earlier = before;
    while (!last_.compare_exchange_weak(before, &mine, std::memory_order_acq_rel, std::memory_order_relaxed));
    if (before != nullptr) {
        wait_for(mine);
        return mine.outcome;
    }
    // The first of those that wait writes for all of them. The next one can only become the first once these were taken out, so at most one
    // thread waits here.
    while (is_writing_.exchange(true, std::memory_order_acquire))
        is_writing_.wait(true, std::memory_order_relaxed);
    write_all(last_.exchange(nullptr, std::memory_order_acq_rel));
    is_writing_.store(false, std::memory_order_release);
    is_writing_.notify_one();
    return mine.outcome;
}

void SharedHistory::write_all(Handed* last) {
    // In the order in which they were handed over.
    Handed* first = nullptr;
    while (last != nullptr) {
        auto* before = std::exchange(last->earlier, first);
        first = std::exchange(last, before);
    }
    together_.clear();
    HistoryCounts held;
    for (const auto* one = first; one != nullptr; one = one->earlier) {
        together_ += one->lines;
        held.applications += one->held.applications;
        held.answers += one->held.answers;
    }
    const auto written = sink_.write(together_, held);
    while (first != nullptr) {
        auto* const one = std::exchange(first, first->earlier);
        one->outcome = written;
        one->is_settled.store(true, std::memory_order_release);
    }
    calls_.fetch_add(1, std::memory_order_release);
    calls_.notify_all();
}

void SharedHistory::wait_for(const Handed& mine) const {
    while (!mine.is_settled.load(std::memory_order_acquire)) {
        const auto calls = calls_.load(std::memory_order_acquire);
        if (!mine.is_settled.load(std::memory_order_acquire)) calls_.wait(calls, std::memory_order_relaxed);
    }
}

} // namespace coupon
