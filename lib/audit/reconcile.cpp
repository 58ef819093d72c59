#include "audit/reconcile.hpp"

#include "audit/checks.hpp"
#include "audit/reach.hpp"

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
    if (auto voided = check_void_claims(evidence)) checks.push_back(std::move(*voided));
    return checks;
}

bool any(const std::vector<Check>& checks, CheckStatus status) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.status == status; });
}

bool any(const std::vector<Check>& checks, Weight weight) {
    return std::ranges::any_of(checks, [&](const Check& check) {
        return std::ranges::any_of(check.findings, [&](const Finding& finding) { return finding.weight == weight; });
    });
}

/// A violation is certain whatever else could not be told; and what cannot be told is no progress.
Verdict verdict_of(const AuditReport& report, const AuditInput& input) {
    const auto& checks = report.checks;
    if (any(checks, CheckStatus::violated)) return Verdict::violated;
    if (any(checks, Weight::cannot_tell) || (input.requires_all && report.checks_not_made() > 0)) return Verdict::cannot_tell;
    if (!any(checks, Weight::not_yet)) return Verdict::exact;
    return input.motion ? Verdict::in_progress : Verdict::cannot_tell;
}

/// What the first check says that cannot tell for good, or else for now.
std::string reason_of(const AuditReport& report) {
    for (const auto weight : {Weight::cannot_tell, Weight::not_yet}) {
        const auto check = std::ranges::find_if(report.checks, [&](const Check& one) {
            return std::ranges::find(one.findings, weight, &Finding::weight) != one.findings.end();
        });
        if (check == report.checks.end()) continue;
        std::string reason;
        for (const auto& finding : check->findings) {
            if (finding.weight == Weight::cannot_tell || finding.weight == Weight::not_yet)
                reason += (reason.empty() ? "" : "; ") + finding.name;
        }
        return reason;
    }
    return not_made_text(report);
}

void count_users(AuditReport& report, const Evidence& evidence) {
    const auto& counts = evidence.fates().counts();
    const auto count = [](std::size_t users) { return static_cast<std::int64_t>(users); };
    if (evidence.gate() != nullptr) {
        report.granted = evidence.gate()->fields.granted;
        report.claimed = count(counts.claimed);
    }
    if (evidence.input().topic_log && evidence.has_rows()) report.published = count(counts.published);
    if (evidence.has_rows()) report.issued = count(counts.issued);
}

} // namespace

const char* name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::exact: return "exact";
    case Verdict::violated: return "violated";
    case Verdict::in_progress: return "in_progress";
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

const char* name_of(Weight weight) {
    switch (weight) {
    case Weight::violated: return "violated";
    case Weight::cannot_tell: return "cannot_tell";
    case Weight::not_yet: return "not_yet";
    case Weight::mention: return "mention";
    }
    return "mention";
}

std::optional<std::int64_t> AuditReport::to_go() const {
    return granted && issued ? std::optional(std::max<std::int64_t>(0, *granted - *issued)) : std::nullopt;
}

std::int64_t AuditReport::checks_not_made() const {
    return std::ranges::count(checks, CheckStatus::not_checked, &Check::status);
}

AuditReport reconcile(const AuditInput& input) {
    const Evidence evidence(input);
    AuditReport report;
    report.event = input.event;
    report.round = input.round;
    report.limit = evidence.limit();
    report.is_older_round = input.is_older_round;
    report.has_histories = !evidence.histories().empty();
    report.histories_are_partial = input.histories_are_partial;
    report.checks = make_checks(evidence);
    report.verdict = verdict_of(report, input);
    if (report.verdict == Verdict::cannot_tell) report.reason = reason_of(report);
    count_users(report, evidence);
    return report;
}

} // namespace coupon
