#include "report/recover.hpp"

#include "report/finding.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coupon {

namespace {

std::string plan_text(const RecoveryPlan& plan, const std::string& title) {
    std::string text;
    if (plan.has_work()) text += title + ":\n";
    for (const auto& step : plan.steps)
        text += finding_text(step);
    if (!plan.for_a_person.empty()) text += "needs a person:\n";
    for (const auto& finding : plan.for_a_person)
        text += finding_text(finding);
    return text;
}

std::string done_text(const RecoveryDone& done) {
    std::string text = fmt::format("done: {} claims republished, {} skipped records issued, {} kept as failed events, {} failed events "
                                   "issued at last\n",
                                   done.published, done.issued, done.kept, done.issued_at_last);
    if (done.passed_over > 0) text += fmt::format("{} skipped records turned out stale or fenced\n", done.passed_over);
    if (done.still_failed > 0) text += fmt::format("{} failed events could not be issued after all\n", done.still_failed);
    return text;
}

} // namespace

std::string recover_text(const RecoverReport& report) {
    const std::string round = report.round ? "round " + report.round->text() : "the round";
    std::string text;
    if (!report.plan.is_empty()) text += plan_text(report.plan, "to be done in " + round);
    if (report.done) text += done_text(*report.done);
    if (!report.moving.empty()) return text + fmt::format("cannot tell: {}\n", fmt::join(report.moving, ", "));
    if (!report.left) return report.plan.is_empty() && !report.done && report.round ? "nothing to recover in " + round + '\n' : text;
    return text + (report.left->is_empty() ? "nothing is left to recover in " + round + '\n' : plan_text(*report.left, "left in " + round));
}

} // namespace coupon
