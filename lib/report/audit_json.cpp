#include "report/audit.hpp"

#include "audit/finding_groups.hpp"
#include "audit/reach.hpp"
#include "report/finding_json.hpp"

namespace coupon {

namespace {

Json or_null(const std::optional<std::int64_t>& number) {
    return number ? Json(*number) : Json(nullptr);
}

/// The findings of all checks by what is to be done: each hint and each user once.
Json groups_json(const std::vector<Check>& checks) {
    Json list = Json::array();
    for (const auto& group : group_findings(checks)) {
        Json members = Json::array();
        for (const auto& member : group.members)
            members.push_back({{"check", member.check}, {"name", member.name}, {"users_total", member.users_total}});
        Json trails = Json::array();
        for (const auto& trail : group.trails)
            trails.push_back({{"user", trail.user.text()}, {"trail", trail.text}});
        list.push_back({{"weight", name_of(group.weight)},
                        {"hint", group.hint},
                        {"members", members},
                        {"users_total", group.users_total},
                        {"trails", trails}});
    }
    return list;
}

} // namespace

std::string audit_json(const Heading& heading, const AuditReport& report) {
    auto document = begin_document(heading);
    document["reason"] = report.reason;
    document["limit"] = number_or_null(report.limit);
    document["claimed"] = or_null(report.claimed);
    document["published"] = or_null(report.published);
    document["issued"] = or_null(report.issued);
    document["granted"] = or_null(report.granted);
    document["to_go"] = or_null(report.to_go());
    document["scope"] = scope_of(report);
    document["checks_not_made"] = Json::array();
    for (const auto& check : report.checks) {
        if (check.status == CheckStatus::not_checked) document["checks_not_made"].push_back({{"id", check.id}, {"reason", check.why_not}});
    }
    document["findings"] = groups_json(report.checks);
    document["checks"] = Json::array();
    for (const auto& check : report.checks) {
        document["checks"].push_back({{"id", check.id},
                                      {"status", name_of(check.status)},
                                      {"examined", check.examined},
                                      {"findings", findings_json(check.findings)}});
    }
    return to_text(document);
}

} // namespace coupon
