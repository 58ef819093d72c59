#include "report/consume.hpp"

#include "core/escape.hpp"
#include "core/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

constexpr std::size_t shown_events = 20;

std::string kinds_text(const std::map<FailedKind, std::int64_t>& counts) {
    std::string text;
    for (const auto& [kind, count] : counts)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(kind));
    return text;
}

/// The first few, one line each, and how many more there are.
std::string events_text(const char* what, const std::vector<FailedEvent>& events, std::int64_t total) {
    std::string text;
    const auto shown = std::min(events.size(), shown_events);
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{}: {}\n", what, failed_event_text(events[i]));
    if (const auto more = total - static_cast<std::int64_t>(shown); more > 0) text += fmt::format("{}: {} more\n", what, more);
    return text;
}

} // namespace

std::string consume_text(const ConsumeReport& report) {
    std::string text = fmt::format("{}{} issued", report.interrupted ? "stopped: " : "", report.issued);
    for (const auto& [count, what] :
         {std::pair(report.already_issued, "already issued"), std::pair(report.stale, "stale"), std::pair(report.fenced, "fenced"),
          std::pair(report.failed, "failed"), std::pair(report.redriven, "republished")}) {
        if (count != 0) text += fmt::format(", {} {}", count, what);
    }
    text += '\n';
    if (!report.failed_by_kind.empty()) text += fmt::format("failed events: {}\n", kinds_text(report.failed_by_kind));
    if (report.drained) text += "drained: every claim has its coupon\n";
    if (!report.not_drained_because.empty()) text += fmt::format("not drained: {}\n", report.not_drained_because);
    return text;
}

std::string failed_event_text(const FailedEvent& failed) {
    return fmt::format("{} partition {} offset {}, user {}, round {}: {}", escape(failed.topic), failed.at.partition, failed.at.offset,
                       failed.user ? failed.user->text() : "unknown", failed.round ? failed.round->text() : "unknown",
                       escape(failed.reason));
}

std::string retry_text(const RetryReport& report) {
    const auto failed = report.failed_total();
    std::string text = fmt::format("{} issued, {} still failed{}\n", counted(report.issued, "failed event"), failed,
                                   failed == 0 ? "" : " (" + kinds_text(report.failed) + ")");
    text += events_text("issued", report.issued_events, report.issued);
    text += events_text("still failed", report.failed_events, failed);
    if (report.interrupted) text += "interrupted\n";
    return text;
}

std::string dismissal_plan_text(const FailedCounts& found) {
    if (found.open_total() == 0) return fmt::format("nothing to dismiss{}\n", found.dismissed > 0 ? ": dismissed before" : "");
    std::string text = fmt::format("dismiss {}: {}\n", counted(found.open_total(), "failed event"), found.open_text());
    if (found.open_of_users > 0) {
        text += fmt::format("{} of them {}. A user who was told \"granted\" stays without a coupon: coupon-audit reports it\n",
                            found.open_of_users, found.open_of_users == 1 ? "belongs to a user" : "belong to users");
    }
    return text + "dismissed events are never retried\n";
}

std::string dismiss_text(const DismissReport& report) {
    std::string text = fmt::format("{} dismissed", counted(report.dismissed, "failed event"));
    if (report.found.dismissed > 0) text += fmt::format(", {} dismissed before", report.found.dismissed);
    text += report.matched() ? "\n" : ": no failed event of this topic matches\n";
    if (report.interrupted) text += "interrupted\n";
    return text;
}

} // namespace coupon
