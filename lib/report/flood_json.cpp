#include "report/flood.hpp"

#include "report/counts.hpp"

namespace coupon {

namespace {

/// The figures, or null without a single sample.
Json latency_json(const Latency& latency) {
    const auto figures = latency.summary();
    if (!figures) return nullptr;
    return {{"p50", figures->p50.count()},
            {"p90", figures->p90.count()},
            {"p99", figures->p99.count()},
            {"p99_9", figures->p99_9.count()},
            {"max", figures->max.count()}};
}

double seconds(Nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

Json seconds_or_null(const std::optional<Nanoseconds>& time) {
    return time ? Json(seconds(*time)) : Json(nullptr);
}

} // namespace

std::string flood_json(const Heading& heading, const FloodResult& result) {
    const auto& report = result.report;
    const auto& shape = result.settings.shape;
    auto document = begin_document(heading);
    document["counts"] = counts_json(report.counts);
    document["requests"] = shape.requests;
    document["concurrency"] = result.settings.most_in_flight();
    document["threads"] = report.threads;
    document["seed"] = shape.seed;
    document["sent"] = report.sent;
    document["per_second"] = per_second(report);
    document["seconds"] = seconds(report.elapsed);
    document["latency_us"] = latency_json(report.answer_latency);
    document["confirmed_latency_us"] = latency_json(report.confirmed_latency);
    if (report.pace) {
        document["corrected_latency_us"] = latency_json(report.pace->corrected);
        document["lag_us"] = latency_json(report.pace->lag);
        document["without_room"] = report.pace->without_room;
        document["rate_missed"] = rate_missed_because(result);
    }
    document["first_grant_seconds"] = seconds_or_null(report.first_grant);
    document["last_grant_seconds"] = seconds_or_null(report.last_grant);
    document["first_sold_out_seconds"] = seconds_or_null(report.first_sold_out);
    document["closed_because"] = report.closed_because;
    const auto why = none_granted_because(report);
    document["none_granted_because"] = why.empty() ? Json(nullptr) : Json(why);
    document["thresholds_missed"] = result.missed;
    document["stalled"] = report.silent.has_value();
    document["silent_server"] = report.silent ? Json(name_of(*report.silent)) : Json();
    document["interrupted"] = report.interrupted;
    document["history_fault"] = report.history_fault ? Json(report.history_fault->message) : Json();
    return to_text(document);
}

} // namespace coupon
