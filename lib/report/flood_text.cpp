#include "report/flood.hpp"

#include "report/counts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

double milliseconds(Microseconds time) {
    return static_cast<double>(time.count()) / 1e3;
}

std::string latency_line(const char* what, const Latency& latency) {
    const auto figures = latency.summary();
    if (!figures) return fmt::format("{:<28}no sample\n", what);
    return fmt::format("{:<28}{:>10.3f}{:>10.3f}{:>10.3f}{:>10.3f}{:>10.3f}\n", what, milliseconds(figures->p50),
                       milliseconds(figures->p90), milliseconds(figures->p99), milliseconds(figures->p99_9), milliseconds(figures->max));
}

std::string moment_line(const char* what, const std::optional<Nanoseconds>& moment) {
    if (!moment) return fmt::format("{:<28}never\n", what);
    return fmt::format("{:<28}{:.3f} s after the start\n", what, std::chrono::duration<double>(*moment).count());
}

/// The reason that most users were given who were told closed.
std::string closed_text(const std::map<std::string, std::int64_t>& because) {
    const auto most =
        std::max_element(because.begin(), because.end(), [](const auto& one, const auto& other) { return one.second < other.second; });
    switch (parse_closed_reason(most->first).value_or(ClosedReason::by_operator)) {
    case ClosedReason::not_yet: return "the round has not opened yet";
    case ClosedReason::ended: return "the round has ended";
    case ClosedReason::by_operator: return "the round is closed; coupon-reset --reopen reopens it";
    case ClosedReason::round_over: return "a new round began";
    }
    return {};
}

std::string fault_text(const std::optional<FaultKind>& cause) {
    if (cause == FaultKind::not_armed) return "the gate is not armed; a running coupon-consume arms it";
    if (cause == FaultKind::missing) return "the gate was lost; a running coupon-consume rebuilds it";
    return cause ? fmt::format("errors ({})", name_of(*cause)) : std::string();
}

std::string unsent_text(const FloodResult& result) {
    const auto requests = result.settings.shape.requests;
    return fmt::format("{} of {} requests were not sent", requests - result.report.sent, requests);
}

} // namespace

double per_second(const FloodReport& report) {
    const double seconds = std::chrono::duration<double>(report.elapsed).count();
    return seconds > 0 ? static_cast<double>(report.counts.total()) / seconds : 0;
}

std::string rate_missed_because(const FloodResult& result) {
    const auto& [report, settings, missed] = result;
    if (!report.pace || !settings.rate || report.sent == 0) return {};
    const auto& pace = *report.pace;
    const auto due = Pacer(*settings.rate).due(report.sent - 1);
    if (pace.behind <= std::max(Nanoseconds(std::chrono::milliseconds(10)), due / 100)) return {};
    const auto late = std::chrono::duration<double>(pace.behind).count();
    if (2 * pace.without_room >= report.sent)
        return fmt::format("rate not reached, {:.3f} s late at the end: the servers are too slow; {} of {} requests were due while {} were "
                           "in flight",
                           late, pace.without_room, report.sent, settings.most_in_flight());
    return fmt::format("rate not reached, {:.3f} s late at the end: this program or its machine is too slow; run several floods on several "
                       "machines",
                       late);
}

std::string none_granted_because(const FloodReport& report) {
    const auto& counts = report.counts;
    if (counts.total() == 0 || counts.of(Answer::granted) > 0) return {};
    const auto most = *std::max_element(all_answers.begin(), all_answers.end(),
                                        [&counts](Answer one, Answer other) { return counts.of(one) < counts.of(other); });
    const auto who = counts.of(most) == counts.total() ? std::string("all") : fmt::format("{} of {}", counts.of(most), counts.total());
    switch (most) {
    case Answer::granted: break;
    case Answer::pending: return who + " are pending: a running coupon-consume publishes them";
    case Answer::duplicate: return who + " already had a coupon";
    case Answer::sold_out: return "the round was sold out before";
    case Answer::closed: return closed_text(report.closed_because);
    case Answer::error:
    case Answer::unknown: const auto fault = fault_text(report.worst_cause); return fault.empty() ? who + " got no answer" : fault;
    }
    return {};
}

std::string flood_text(const FloodResult& result) {
    const auto& report = result.report;
    std::string text;
    for (const auto answer : all_answers)
        text += fmt::format("{:<28}{}\n", name_of(answer), report.counts.of(answer));
    text += fmt::format("{:<28}{} of {} in {:.3f} s, {:.0f} per second, seed {}\n", "sent", report.sent, result.settings.shape.requests,
                        std::chrono::duration<double>(report.elapsed).count(), per_second(report), result.settings.shape.seed);
    text += fmt::format("{:<28}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "latency in ms", "p50", "p90", "p99", "p99.9", "max");
    text += latency_line("  to the gate's answer", report.answer_latency);
    text += latency_line("  winners, to confirmed", report.confirmed_latency);
    if (report.pace) {
        text += latency_line("  from the scheduled moment", report.pace->corrected);
        text += latency_line("  sent behind schedule", report.pace->lag);
    }
    text += moment_line("first grant", report.first_grant);
    text += moment_line("last grant", report.last_grant);
    text += moment_line("first sold_out", report.first_sold_out);
    if (const auto why = rate_missed_because(result); !why.empty()) text += why + "\n";
    if (const auto why = none_granted_because(report); !why.empty()) text += fmt::format("no user was granted: {}\n", why);
    if (report.silent) text += fmt::format("stopped early: {} stopped answering; {}\n", name_of(*report.silent), unsent_text(result));
    if (report.interrupted) text += fmt::format("interrupted: {}\n", unsent_text(result));
    if (report.history_fault) text += fmt::format("stopped early: {}\n", report.history_fault->text());
    for (const auto& sentence : result.missed)
        text += fmt::format("FAILED {}\n", sentence);
    return text;
}

std::string flood_progress(const FloodReport& report, const FloodSettings& settings) {
    return fmt::format("{} of {} sent, {}, {:.0f} per second", report.sent, settings.shape.requests, counts_text(report.counts),
                       per_second(report));
}

} // namespace coupon
