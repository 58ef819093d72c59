#pragma once

#include "audit/finished_event.hpp"
#include "audit/report_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace coupon {

inline const Check& check_named(const AuditReport& report, const std::string& id) {
    const auto found = std::find_if(report.checks.begin(), report.checks.end(), [&](const Check& check) { return check.id == id; });
    REQUIRE_MESSAGE(found != report.checks.end(), "there is no check " << id);
    return *found;
}

inline Fault away(const std::string& what) {
    return {FaultKind::unreachable, what, {}};
}

inline const Finding* finding_named(const Check& check, const std::string& name) {
    const auto found = std::find_if(check.findings.begin(), check.findings.end(),
                                    [&](const Finding& finding) { return finding.name.find(name) != std::string::npos; });
    return found == check.findings.end() ? nullptr : &*found;
}

inline std::vector<std::int64_t> users_of(const Finding& finding) {
    std::vector<std::int64_t> users;
    for (const auto& trail : finding.trails)
        users.push_back(trail.user.value());
    return users;
}

/// A defect planted into an event that went well, and where the audit has to name it.
struct Planted {
    const char* what;
    std::function<void(FinishedEvent&)> spoil;
    const char* check;
    const char* finding;
    std::vector<std::int64_t> users;
};

/// Everything that is planted, a file each.
[[nodiscard]] std::vector<Planted> defects_of_rows();
[[nodiscard]] std::vector<Planted> defects_of_records();
[[nodiscard]] std::vector<Planted> defects_in_motion();
/// What keeps the audit from telling.
[[nodiscard]] std::vector<Planted> undecided_cases();
[[nodiscard]] std::vector<Planted> doubts_in_motion();

inline void expect_named(const std::vector<Planted>& table, CheckStatus status, Verdict verdict) {
    for (const auto& row : table) {
        CAPTURE(row.what);
        FinishedEvent event;
        row.spoil(event);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == verdict);
        const auto& check = check_named(report, row.check);
        CHECK(check.status == status);
        const auto* finding = finding_named(check, row.finding);
        CHECK_MESSAGE(finding != nullptr, "no finding \"" << row.finding << "\" in " << row.check);
        if (finding == nullptr) continue;
        CHECK(users_of(*finding) == row.users);
        CHECK(finding->users_total == static_cast<std::int64_t>(row.users.size()));
        CHECK_FALSE(finding->hint.empty());
    }
}

} // namespace coupon
