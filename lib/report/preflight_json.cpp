#include "report/preflight.hpp"

#include "report/preflight_lines_json.hpp"

namespace coupon {

Json preflight_lines_json(const std::vector<PreflightLine>& lines) {
    Json array = Json::array();
    for (const auto& line : lines) {
        array.push_back(
            {{"name", line.name}, {"status", name_of(line.status)}, {"found", line.found}, {"wanted", line.wanted}, {"fix", line.fix}});
    }
    return array;
}

std::string preflight_json(const Heading& heading, const PreflightReport& report) {
    auto document = begin_document(heading);
    Json counts;
    for (const auto status : {PreflightStatus::ok, PreflightStatus::warning, PreflightStatus::dangerous, PreflightStatus::cannot_tell,
                              PreflightStatus::accepted})
        counts[name_of(status)] = report.of(status).size();
    document["counts"] = counts;
    document["checks_not_made"] = report.not_made;
    document["checks"] = preflight_lines_json(report.lines);
    return to_text(document);
}

} // namespace coupon
