#include "flow/apply/flood_report.hpp"

#include <algorithm>

namespace coupon {

namespace {

template <class Value, class Better>
void keep(std::optional<Value>& mine, const std::optional<Value>& other, Better better) {
    if (other && (!mine || better(*other, *mine))) mine = other;
}

/// For what one thread tells as well as another.
template <class Value>
void keep_any(std::optional<Value>& mine, const std::optional<Value>& other) {
    if (!mine) mine = other;
}

void merge(PaceReport& into, const PaceReport& other) {
    into.corrected.merge(other.corrected);
    into.lag.merge(other.lag);
    into.without_room += other.without_room;
    if (other.last <= into.last) return;
    into.last = other.last;
    into.behind = other.behind;
}

} // namespace

void merge(FloodReport& into, const FloodReport& other) {
    into.threads += other.threads;
    for (const auto answer : all_answers)
        into.counts.add(answer, other.counts.of(answer));
    into.sent += other.sent;
    into.elapsed = std::max(into.elapsed, other.elapsed);
    into.answer_latency.merge(other.answer_latency);
    into.confirmed_latency.merge(other.confirmed_latency);
    if (into.pace && other.pace) merge(*into.pace, *other.pace);
    keep(into.first_grant, other.first_grant, std::less<>());
    keep(into.last_grant, other.last_grant, std::greater<>());
    keep(into.first_sold_out, other.first_sold_out, std::less<>());
    for (const auto& [reason, users] : other.closed_because)
        into.closed_because[reason] += users;
    keep(into.worst_cause, other.worst_cause, [](FaultKind one, FaultKind) { return one == FaultKind::denied; });
    keep_any(into.silent, other.silent);
    keep_any(into.refused, other.refused);
    into.interrupted = into.interrupted || other.interrupted;
    keep_any(into.history_fault, other.history_fault);
}

} // namespace coupon
