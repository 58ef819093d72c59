#include "report/audit.hpp"

#include "report/json.hpp"

namespace coupon {

namespace {

Json finding_json(const Finding& finding) {
    Json users = Json::array();
    Json trails = Json::array();
    for (const auto& trail : finding.trails) {
        users.push_back(trail.user.text());
        trails.push_back({{"user", trail.user.text()}, {"trail", trail.text}});
    }
    return {{"name", finding.name}, {"users", users}, {"users_total", finding.users_total}, {"hint", finding.hint}, {"trails", trails}};
}

} // namespace

std::string audit_json(const Heading& heading, const AuditReport& report) {
    auto document = begin_document(heading);
    document["reason"] = report.reason;
    document["limit"] = number_or_null(report.limit);
    document["claimed"] = report.claimed;
    document["published"] = report.published;
    document["issued"] = report.issued;
    document["checks"] = Json::array();
    for (const auto& check : report.checks) {
        Json findings = Json::array();
        for (const auto& finding : check.findings)
            findings.push_back(finding_json(finding));
        document["checks"].push_back(
            {{"id", check.id}, {"status", name_of(check.status)}, {"examined", check.examined}, {"findings", findings}});
    }
    return to_text(document);
}

} // namespace coupon
