#include "audit/reach.hpp"

#include "audit/checks.hpp"

#include <algorithm>

namespace coupon {

std::string scope_of(const AuditReport& report) {
    if (report.is_older_round) return report.has_histories ? "ledger and histories" : "the ledger";
    return report.has_histories ? "" : "the stores";
}

std::string not_made_text(const AuditReport& report) {
    const auto not_made = report.checks_not_made();
    if (not_made == 0) return {};
    const bool need_history = std::ranges::all_of(
        report.checks, [](const Check& check) { return check.status != CheckStatus::not_checked || check.why_not == no_history; });
    return std::to_string(not_made) + " of " + std::to_string(report.checks.size()) + " checks " +
           (need_history ? (not_made == 1 ? "needs --history" : "need --history") : (not_made == 1 ? "was not made" : "were not made"));
}

} // namespace coupon
