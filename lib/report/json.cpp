#include "report/json.hpp"

#include "core/rfc3339.hpp"

#include <fmt/format.h>

namespace coupon {

Json begin_document(const Heading& heading) {
    return {{"schema", heading.schema},
            {"tool", heading.tool},
            {"version", heading.version},
            {"event", heading.event},
            {"round", number_or_null(heading.round)},
            {"started_at", rfc3339(heading.started_at)},
            {"finished_at", rfc3339(heading.finished_at)},
            {"verdict", heading.verdict}};
}

Json fault_object(const Fault& fault) {
    return {{"kind", name_of(fault.kind)}, {"message", fault.message}, {"hint", fault.hint}};
}

std::string to_text(const Json& document) {
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string to_line(const Json& document) {
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string fault_json(const Heading& heading, const Fault& fault) {
    auto document = begin_document(heading);
    document["error"] = fault_object(fault);
    return to_text(document);
}

std::string json_library_version() {
    return fmt::format("nlohmann-json {}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
}

} // namespace coupon
