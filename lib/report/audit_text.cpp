#include "report/audit.hpp"

#include "audit/finding_groups.hpp"
#include "audit/reach.hpp"
#include "report/finding.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace coupon {

namespace {

/// The first finding of each group of violations, and in which other checks the same shows: "I4 told granted, but there is no row (3 users;
/// also I7)".
std::string names_of_findings(const AuditReport& report) {
    std::string names;
    for (const auto& group : group_findings(report.checks)) {
        if (group.weight != Weight::violated) continue;
        const auto& first = group.members.front();
        std::string others;
        for (const auto& member : group.members) {
            if (member.check == first.check || others.find(member.check) != std::string::npos) continue;
            others += (others.empty() ? "also " : ", ") + member.check;
        }
        auto about = counted_users(group.users_total);
        if (!about.empty() && !others.empty()) about += "; ";
        about += others;
        names += fmt::format("{}{} {}{}", names.empty() ? "" : "; ", first.check, first.name, about.empty() ? "" : " (" + about + ")");
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

/// Of a check that was not made, what was examined says that and why.
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

std::string number_text(const std::optional<std::int64_t>& number) {
    return number ? std::to_string(*number) : "-";
}

/// 13745 as 13,745.
std::string grouped(const std::optional<std::int64_t>& number) {
    auto text = number_text(number);
    for (auto at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

std::string exact_text(const AuditReport& report) {
    const auto scope = scope_of(report);
    std::vector<std::string> limits;
    if (const auto not_made = not_made_text(report); !not_made.empty()) limits.push_back(not_made);
    if (report.histories_are_partial) limits.emplace_back("the histories are partial");
    return fmt::format("exact{}, {} of {}{}", scope.empty() ? "" : " in " + scope, number_text(report.issued),
                       report.limit ? report.limit->text() : "-", limits.empty() ? "" : fmt::format(" ({})", fmt::join(limits, "; ")));
}

/// What the checks found, each hint once and each user once.
std::string group_text(const FindingGroup& group) {
    std::string text;
    for (const auto& member : group.members) {
        const auto users = counted_users(member.users_total);
        text += fmt::format("{} {}{}\n", member.check, member.name, users.empty() ? "" : " (" + users + ")");
    }
    for (const auto& trail : group.trails)
        text += fmt::format("    user {}: {}\n", trail.user.text(), trail.text);
    const auto shown = static_cast<std::int64_t>(group.trails.size());
    if (group.new_users > shown && shown > 0) text += fmt::format("    and {} more\n", group.new_users - shown);
    if (const auto above = group.users_total - group.new_users; above > 0)
        text += fmt::format("    {} named above\n", counted_users(above));
    if (!group.hint.empty()) text += fmt::format("    what to do: {}\n", group.hint);
    return text;
}

} // namespace

std::string audit_verdict_text(const AuditReport& report) {
    switch (report.verdict) {
    case Verdict::exact: return exact_text(report);
    case Verdict::violated: return fmt::format("violated: {}", names_of_findings(report));
    case Verdict::in_progress:
        return fmt::format("in progress: {} of {} granted, {} issued, {} to go", grouped(report.granted),
                           grouped(report.limit ? std::optional(report.limit->value()) : std::nullopt), grouped(report.issued),
                           grouped(report.to_go()));
    case Verdict::cannot_tell: return fmt::format("cannot tell: {}", report.reason);
    }
    return "cannot tell";
}

std::string audit_text(const AuditReport& report, Colour colour) {
    std::string text = painted(audit_verdict_text(report), report.verdict, colour) + '\n';
    text +=
        fmt::format("event {}, round {}: {} claimed, {} published, {} issued\n", report.event, report.round ? report.round->text() : "-",
                    number_text(report.claimed), number_text(report.published), number_text(report.issued));
    for (const auto& check : report.checks)
        text += check_text(check);
    for (const auto& group : group_findings(report.checks))
        text += '\n' + group_text(group);
    return text;
}

} // namespace coupon
