#include "report/consume.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/consume");

namespace {

FailedEvent sample_failed() {
    FailedEvent failed;
    failed.topic = "coupon_create";
    failed.at = {2, 17};
    failed.user = UserId(42);
    failed.reason = "slot 101 is above\x1b the limit";
    failed.attempts = 3;
    return failed;
}

} // namespace

TEST_CASE("a worker's end is told by class of record") {
    ConsumeReport report;
    report.issued = 100;
    report.already_issued = 2;
    report.stale = 3;
    report.fenced = 4;
    report.failed = 5;
    report.redriven = 6;
    report.drained = true;
    CHECK(consume_text(report) ==
          "100 issued, 2 already issued, 3 stale, 4 fenced, 5 failed, 6 redriven\ndrained: every claim has its row\n");
    const auto read = Json::parse(consume_json(sample_heading(consume_schema, "yes"), report));
    CHECK(read["schema"] == "coupon.consume/1");
    const std::vector<std::pair<const char*, int>> expected{{"issued", 100}, {"already_issued", 2}, {"stale", 3},
                                                            {"fenced", 4},   {"failed", 5},         {"redriven", 6}};
    for (const auto& [key, count] : expected) {
        CAPTURE(key);
        CHECK(read[key] == count);
    }
    CHECK(read["drained"] == true);
}

TEST_CASE("a worker that did not drain says why") {
    ConsumeReport report;
    report.interrupted = true;
    report.not_drained_because = "3 claims are pending";
    CHECK(consume_text(report) ==
          "0 issued, 0 already issued, 0 stale, 0 fenced, 0 failed, 0 redriven\nnot drained: 3 claims are pending\ninterrupted\n");
    const auto read = Json::parse(consume_json(sample_heading(consume_schema, "interrupted"), report));
    CHECK(read["not_drained_because"] == "3 claims are pending");
    CHECK(read["interrupted"] == true);
}

TEST_CASE("a retry names what is still failed, its text made safe") {
    const RetryOutcome outcome{{sample_failed()}, {sample_failed()}};
    CHECK(retry_text(outcome) ==
          "1 failed events issued now, 1 still failed\n"
          "still failed: coupon_create partition 2 offset 17, user 42, round unknown: slot 101 is above\\x1b the limit\n");
    const auto read = Json::parse(retry_json(sample_heading(consume_schema, "yes"), outcome));
    CHECK(read["issued"] == 1);
    CHECK(read["failed"] == 1);
    CHECK(read["failed_events"][0]["user"] == "42");
    CHECK(read["failed_events"][0]["round"].is_null());
    CHECK(read["failed_events"][0]["offset"] == 17);
    CHECK(read["resolved_events"][0]["attempts"] == 3);
}

TEST_SUITE_END();
