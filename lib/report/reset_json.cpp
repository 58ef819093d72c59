#include "report/reset.hpp"

#include "report/json.hpp"
#include "report/preflight_lines_json.hpp"

namespace coupon {

std::string reset_json(const Heading& heading, const ResetReport& report, const std::optional<Fault>& fault) {
    auto document = begin_document(heading);
    document["round"] = number_or_null(report.round);
    document["previous_round"] = number_or_null(report.previous_round);
    document["running"] = nullptr;
    if (report.running) {
        document["running"] = {
            {"round", report.running->round.value()}, {"granted", report.running->granted}, {"limit", report.running->limit.value()}};
    }
    document["steps"] = Json::array();
    for (const auto& step : report.steps) {
        document["steps"].push_back({{"name", step.name}, {"status", step.status}, {"detail", step.detail}});
    }
    if (report.close) document["close"] = name_of(*report.close);
    if (!report.outcome.empty()) document["outcome"] = report.outcome;
    document["warnings"] = report.warnings;
    document["preflight"] = preflight_lines_json(report.preflight);
    if (fault) document["error"] = fault_object(*fault);
    return to_text(document);
}

} // namespace coupon
