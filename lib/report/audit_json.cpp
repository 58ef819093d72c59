#include "report/audit.hpp"

#include "report/finding_json.hpp"

namespace coupon {

std::string audit_json(const Heading& heading, const AuditReport& report) {
    auto document = begin_document(heading);
    document["reason"] = report.reason;
    document["limit"] = number_or_null(report.limit);
    document["claimed"] = report.claimed;
    document["published"] = report.published;
    document["issued"] = report.issued;
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
