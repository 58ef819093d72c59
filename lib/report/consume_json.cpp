#include "report/consume.hpp"

#include "report/json.hpp"

namespace coupon {

namespace {

Json failed_event_json(const FailedEvent& failed) {
    return {{"topic", failed.topic},
            {"partition", failed.at.partition},
            {"offset", failed.at.offset},
            {"timestamp_ms", failed.mark.written_at.time_since_epoch().count()},
            {"sha256", hex(failed.mark.sha256)},
            {"round", number_or_null(failed.round)},
            {"user", failed.user ? Json(failed.user->text()) : Json(nullptr)},
            {"kind", name_of(failed.kind)},
            {"reason", failed.reason},
            {"attempts", failed.attempts}};
}

Json failed_events_json(const std::vector<FailedEvent>& events) {
    Json list = Json::array();
    for (const auto& failed : events)
        list.push_back(failed_event_json(failed));
    return list;
}

/// Every kind, with 0 where there is none.
Json by_kind(const std::map<FailedKind, std::int64_t>& counts) {
    Json object = Json::object();
    for (const auto kind : failed_kinds) {
        const auto count = counts.find(kind);
        object[name_of(kind)] = count == counts.end() ? 0 : count->second;
    }
    return object;
}

} // namespace

std::string consume_json(const Heading& heading, const ConsumeReport& report) {
    auto document = begin_document(heading);
    document["issued"] = report.issued;
    document["already_issued"] = report.already_issued;
    document["stale"] = report.stale;
    document["fenced"] = report.fenced;
    document["failed"] = report.failed;
    document["failed_by_kind"] = by_kind(report.failed_by_kind);
    document["redriven"] = report.redriven;
    document["drained"] = report.drained;
    document["not_drained_because"] = report.not_drained_because;
    document["interrupted"] = report.interrupted;
    return to_text(document);
}

std::string retry_json(const Heading& heading, const RetryReport& report) {
    auto document = begin_document(heading);
    document["issued"] = report.issued;
    document["failed"] = report.failed_total();
    document["failed_by_kind"] = by_kind(report.failed);
    document["resolved_events"] = failed_events_json(report.issued_events);
    document["failed_events"] = failed_events_json(report.failed_events);
    document["not_listed"] = report.issued + report.failed_total() - static_cast<std::int64_t>(report.issued_events.size()) -
                             static_cast<std::int64_t>(report.failed_events.size());
    document["interrupted"] = report.interrupted;
    return to_text(document);
}

std::string dismiss_json(const Heading& heading, const DismissReport& report) {
    auto document = begin_document(heading);
    document["found"] = by_kind(report.found.open);
    document["found_of_users"] = report.found.open_of_users;
    document["dismissed"] = report.dismissed;
    document["dismissed_before"] = report.found.dismissed;
    document["interrupted"] = report.interrupted;
    return to_text(document);
}

} // namespace coupon
