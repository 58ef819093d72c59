#include "flow/apply/flood_share.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds longest_wait{100};

/// Applications whose lines are written with one call before they start, at most.
constexpr std::size_t most_gathered = 100;

} // namespace

FloodPlan::FloodPlan(const FloodSettings& its_settings)
    : settings(its_settings), arrivals(settings.shape), pacer(settings.rate ? std::optional(Pacer(*settings.rate)) : std::nullopt) {}

NumbersTaken FloodPlan::take(std::size_t most) {
    const auto first = next_.fetch_add(static_cast<std::int64_t>(most), std::memory_order_relaxed);
    return {first, std::min(first + static_cast<std::int64_t>(most), arrivals.size())};
}

FloodShare::FloodShare(FloodPlan& plan, ApplyEngine& engine, World& world, std::size_t room, HistorySink* history)
    : plan_(plan), engine_(engine), world_(world), room_(room), keeper_(history, world) {
    if (plan.pacer) report_.pace.emplace();
}

void FloodShare::run(const std::function<void()>& after_each_turn) {
    while (true) {
        send_what_is_due();
        if ((plan_.is_over() || is_all_taken_) && engine_.in_flight() == 0) break;
        finished_.clear();
        engine_.poll(finished_, time_to_wait());
        keeper_.answered(finished_);
        for (const auto& one : finished_)
            count(one);
        if (!report_.silent && !finished_.empty()) report_.silent = engine_.silent_server();
        report_.refused = engine_.refused();
        if (report_.silent || report_.refused || keeper_.fault()) plan_.end();
        tell_tally();
        if (after_each_turn) after_each_turn();
    }
    report_.interrupted = report_.interrupted || world_.stopping();
    report_.elapsed = elapsed();
    report_.history_fault = keeper_.fault();
}

bool FloodShare::has_to_end() {
    report_.interrupted = world_.stopping();
    report_.silent = engine_.silent_server();
    const auto& duration = plan_.settings.duration;
    if (report_.interrupted || report_.silent || (duration && elapsed() >= *duration)) plan_.end();
    return plan_.is_over();
}

void FloodShare::send_what_is_due() {
    lacked_room_ = lacked_room_ || room() == 0;
    while (room() > 0 && !is_all_taken_ && !has_to_end()) {
        gather();
        if (gathered_.empty()) return;
        if (!start_gathered()) return plan_.end();
        lacked_room_ = lacked_room_ || room() == 0;
    }
}

/// Takes what is due now, as far as there is room. Without a rate all is due: neighbours are taken together, so that a history has long
/// runs of them.
void FloodShare::gather() {
    while (const auto most = std::min(room(), most_gathered - gathered_.size())) {
        if (taken_.is_empty()) taken_ = plan_.take(plan_.pacer ? 1 : most);
        is_all_taken_ = taken_.is_empty();
        if (is_all_taken_ || (plan_.pacer && !note_pace(taken_.next))) return;
        const auto number = taken_.next++;
        const Gathered one{static_cast<std::uint64_t>(number) + 1, plan_.arrivals.user(number)};
        keeper_.invoke(one.id, one.user);
        gathered_.push_back(one);
    }
}

/// False when they are not in the history, so that none of them may start.
bool FloodShare::start_gathered() {
    if (!keeper_.hand_over()) return false;
    for (const auto& one : gathered_)
        engine_.start(one.id, one.user);
    report_.sent += static_cast<std::int64_t>(gathered_.size());
    gathered_.clear();
    return true;
}

/// False when this application is not due yet; otherwise notes how late it is sent, and what for.
bool FloodShare::note_pace(std::int64_t number) {
    auto& pace = *report_.pace;
    const auto lag = elapsed() - plan_.pacer->due(number);
    if (lag.count() < 0) {
        lacked_room_ = false; // It has caught up.
        return false;
    }
    pace.lag.add(lag);
    pace.last = number;
    pace.behind = lag;
    if (lacked_room_) ++pace.without_room;
    return true;
}

/// Until the application it has taken is due, where there is room for it. A wait is whole milliseconds, so an application may start up to
/// one too late: the corrected latency shows it.
Milliseconds FloodShare::time_to_wait() const {
    if (plan_.is_over() || is_all_taken_ || room() == 0) return longest_wait;
    auto until = std::min(Nanoseconds(longest_wait), plan_.pacer->due(taken_.next) - elapsed());
    if (const auto& duration = plan_.settings.duration) until = std::min(until, Nanoseconds(*duration) - elapsed());
    return std::max(std::chrono::ceil<Milliseconds>(until), Milliseconds(0));
}

void FloodShare::count(const Finished& one) {
    report_.counts.add(one.told.answer);
    if (one.told.answer == Answer::closed) ++report_.closed_because[one.told.reason];
    note_cause(report_.worst_cause, one);
    if (one.answered) {
        report_.answer_latency.add(*one.answered - one.started);
        if (plan_.pacer) {
            const auto scheduled = plan_.start + plan_.pacer->due(static_cast<std::int64_t>(one.id) - 1);
            report_.pace->corrected.add(*one.answered - scheduled);
        }
    }
    const Nanoseconds since_start = one.finished - plan_.start;
    if (one.told.answer == Answer::granted) {
        report_.confirmed_latency.add(one.finished - one.started);
        if (!report_.first_grant) report_.first_grant = since_start;
        report_.last_grant = since_start;
    } else if (one.told.answer == Answer::sold_out && !report_.first_sold_out) {
        report_.first_sold_out = since_start;
    }
}

void FloodShare::tell_tally() {
    tally_.sent.store(report_.sent, std::memory_order_relaxed);
    for (const auto answer : all_answers)
        tally_.answers[static_cast<std::size_t>(answer)].store(report_.counts.of(answer), std::memory_order_relaxed);
}

void FloodShare::add_tally_to(FloodReport& so_far) const {
    so_far.sent += tally_.sent.load(std::memory_order_relaxed);
    for (const auto answer : all_answers)
        so_far.counts.add(answer, tally_.answers[static_cast<std::size_t>(answer)].load(std::memory_order_relaxed));
}

} // namespace coupon
