#include "core/reconcile.hpp"

#include "core/checks.hpp"

#include <algorithm>

namespace coupon {

namespace {

std::vector<Check> make_checks(const Evidence& evidence) {
    std::vector<Check> checks{check_stores(evidence),      check_round(evidence),       check_quiescent(evidence), check_history(evidence),
                              check_gate(evidence),        check_gate_memory(evidence), check_topic(evidence),     check_limit(evidence),
                              check_users(evidence),       check_slots(evidence),       check_promises(evidence),  check_refusals(evidence),
                              check_origins(evidence),     check_totals(evidence),      check_order(evidence),     check_classes(evidence),
                              check_rounds_apart(evidence)};
    if (auto expectation = check_expectation(evidence)) checks.push_back(std::move(*expectation));
    if (auto abandoned = check_abandoned(evidence)) checks.push_back(std::move(*abandoned));
    return checks;
}

bool any(const std::vector<Check>& checks, CheckStatus status) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.status == status; });
}

/// A violation is certain whatever else could not be told.
Verdict verdict_of(const std::vector<Check>& checks) {
    if (any(checks, CheckStatus::violated)) return Verdict::violated;
    return any(checks, CheckStatus::cannot_tell) ? Verdict::cannot_tell : Verdict::exact;
}

std::string reason_of(const std::vector<Check>& checks) {
    const auto first =
        std::find_if(checks.begin(), checks.end(), [](const Check& check) { return check.status == CheckStatus::cannot_tell; });
    if (first == checks.end() || first->findings.empty()) return {};
    std::string reason;
    for (const auto& finding : first->findings)
        reason += (reason.empty() ? "" : "; ") + finding.name;
    return reason;
}

void count_users(AuditReport& report, const Evidence& evidence) {
    const auto& counts = evidence.fates().counts();
    report.claimed = static_cast<std::int64_t>(counts.claimed);
    report.published = static_cast<std::int64_t>(counts.published);
    report.issued = static_cast<std::int64_t>(counts.issued);
}

} // namespace

const char* name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::exact: return "exact";
    case Verdict::violated: return "violated";
    case Verdict::cannot_tell: return "cannot_tell";
    }
    return "cannot_tell";
}

const char* name_of(CheckStatus status) {
    switch (status) {
    case CheckStatus::ok: return "ok";
    case CheckStatus::violated: return "violated";
    case CheckStatus::cannot_tell: return "cannot_tell";
    case CheckStatus::not_checked: return "not_checked";
    }
    return "cannot_tell";
}

AuditReport reconcile(const AuditInput& input) {
    const Evidence evidence(input);
    AuditReport report;
    report.event = input.event;
    report.round = input.round;
    report.limit = evidence.limit();
    report.checks = make_checks(evidence);
    report.verdict = verdict_of(report.checks);
    if (report.verdict == Verdict::cannot_tell) report.reason = reason_of(report.checks);
    count_users(report, evidence);
    return report;
}

} // namespace coupon
