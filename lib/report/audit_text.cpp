#include "report/audit.hpp"

#include "report/finding.hpp"

#include <fmt/format.h>

namespace coupon {

namespace {

std::string names_of_findings(const AuditReport& report) {
    std::string names;
    for (const auto& check : report.checks) {
        if (check.status != CheckStatus::violated) continue;
        for (const auto& finding : check.findings) {
            names += fmt::format("{}{} {}{}", names.empty() ? "" : "; ", check.id, finding.name, users_of(finding));
        }
    }
    return names;
}

std::string status_text(CheckStatus status) {
    switch (status) {
    case CheckStatus::ok: return "ok";
    case CheckStatus::violated: return "VIOLATED";
    case CheckStatus::cannot_tell: return "cannot tell";
    case CheckStatus::not_checked: return "not checked";
    }
    return "cannot tell";
}

/// Of a check that was not made, what was examined says so and why.
std::string check_text(const Check& check) {
    if (check.status == CheckStatus::not_checked) return fmt::format("{:<12} {}\n", check.id, check.examined);
    return fmt::format("{:<12} {:<12} {}\n", check.id, status_text(check.status), check.examined);
}

/// SGR codes of ECMA-48: bold green, bold red, bold yellow.
std::string painted(const std::string& text, Verdict verdict, Colour colour) {
    if (colour == Colour::off) return text;
    const int code = verdict == Verdict::exact ? 32 : verdict == Verdict::violated ? 31 : 33;
    return fmt::format("\033[1;{}m{}\033[0m", code, text);
}

} // namespace

std::string audit_verdict_text(const AuditReport& report) {
    switch (report.verdict) {
    case Verdict::exact: return fmt::format("exact, {} of {}", report.issued, report.limit ? report.limit->text() : "unknown");
    case Verdict::violated: return fmt::format("violated: {}", names_of_findings(report));
    case Verdict::cannot_tell: return fmt::format("cannot tell: {}", report.reason);
    }
    return "cannot tell";
}

std::string audit_text(const AuditReport& report, Colour colour) {
    std::string text = painted(audit_verdict_text(report), report.verdict, colour) + '\n';
    text += fmt::format("event {}, round {}: {} claimed, {} published, {} issued\n", report.event,
                        report.round ? report.round->text() : "none", report.claimed, report.published, report.issued);
    for (const auto& check : report.checks) {
        text += check_text(check);
        for (const auto& finding : check.findings)
            text += finding_text(finding);
    }
    return text;
}

} // namespace coupon
