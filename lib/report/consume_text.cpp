#include "report/consume.hpp"

#include "core/escape.hpp"

#include <fmt/format.h>

namespace coupon {

std::string consume_text(const ConsumeReport& report) {
    std::string text = fmt::format("{} issued, {} already issued, {} stale, {} fenced, {} failed, {} redriven\n", report.issued,
                                   report.already_issued, report.stale, report.fenced, report.failed, report.redriven);
    if (report.drained) text += "drained: every claim has its row\n";
    if (!report.not_drained_because.empty()) text += fmt::format("not drained: {}\n", report.not_drained_because);
    if (report.interrupted) text += "interrupted\n";
    return text;
}

std::string failed_event_text(const FailedEvent& failed) {
    return fmt::format("{} partition {} offset {}, user {}, round {}: {}", escape(failed.topic), failed.at.partition, failed.at.offset,
                       failed.user ? failed.user->text() : "unknown", failed.round ? failed.round->text() : "unknown",
                       escape(failed.reason));
}

std::string retry_text(const RetryOutcome& outcome) {
    std::string text = fmt::format("{} failed events issued now, {} still failed\n", outcome.resolved.size(), outcome.still_failed.size());
    for (const auto& failed : outcome.still_failed)
        text += fmt::format("still failed: {}\n", failed_event_text(failed));
    return text;
}

} // namespace coupon
