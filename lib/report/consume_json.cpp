#include "report/consume.hpp"

#include "report/json.hpp"

namespace coupon {

namespace {

Json failed_event_json(const FailedEvent& failed) {
    return {{"topic", failed.topic},
            {"partition", failed.at.partition},
            {"offset", failed.at.offset},
            {"round", number_or_null(failed.round)},
            {"user", failed.user ? Json(failed.user->text()) : Json(nullptr)},
            {"reason", failed.reason},
            {"attempts", failed.attempts}};
}

Json failed_events_json(const std::vector<FailedEvent>& events) {
    Json list = Json::array();
    for (const auto& failed : events)
        list.push_back(failed_event_json(failed));
    return list;
}

} // namespace

std::string consume_json(const Heading& heading, const ConsumeReport& report) {
    auto document = begin_document(heading);
    document["issued"] = report.issued;
    document["already_issued"] = report.already_issued;
    document["stale"] = report.stale;
    document["fenced"] = report.fenced;
    document["failed"] = report.failed;
    document["redriven"] = report.redriven;
    document["drained"] = report.drained;
    document["not_drained_because"] = report.not_drained_because;
    document["interrupted"] = report.interrupted;
    return to_text(document);
}

std::string retry_json(const Heading& heading, const RetryOutcome& outcome) {
    auto document = begin_document(heading);
    document["issued"] = outcome.resolved.size();
    document["failed"] = outcome.still_failed.size();
    document["resolved_events"] = failed_events_json(outcome.resolved);
    document["failed_events"] = failed_events_json(outcome.still_failed);
    return to_text(document);
}

} // namespace coupon
