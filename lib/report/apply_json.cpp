#include "report/apply.hpp"

#include "report/counts.hpp"

namespace coupon {

std::string apply_line_json(const Told& told) {
    return to_line({{"schema", apply_schema},
                    {"user", told.user.text()},
                    {"answer", name_of(told.answer)},
                    {"slot", number_or_null(told.slot)},
                    {"level", told.level ? Json(name_of(*told.level)) : Json(nullptr)},
                    {"reason", told.reason}});
}

std::string apply_counts_json(const Heading& heading, const ApplyReport& report) {
    auto document = begin_document(heading);
    document["counts"] = counts_json(report.counts);
    document["invalid_lines"] = report.bad_lines;
    document["stalled"] = report.silent.has_value();
    document["silent_server"] = report.silent ? Json(name_of(*report.silent)) : Json();
    document["interrupted"] = report.interrupted;
    document["input_fault"] = report.input_fault ? Json(report.input_fault->message) : Json();
    document["history_fault"] = report.history_fault ? Json(report.history_fault->message) : Json();
    return to_line(document);
}

std::string apply_fault_json(const Heading& heading, const Fault& fault) {
    auto document = begin_document(heading);
    document["error"] = fault_object(fault);
    return to_line(document);
}

} // namespace coupon
