#include "report/reset.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/reset");

TEST_CASE("the steps are told in order, then warnings, then the round") {
    ResetReport report;
    report.round = Round(5);
    report.previous_round = Round(4);
    report.steps = {{"close gate", "done", "37 of 100 granted"}, {"purge", "failed", ""}};
    report.running = RunningRound{Round(4), 2, Limit(3000)};
    report.warnings = {"the purge failed"};
    report.outcome = "round 5 of event coupon: 100 coupons, open now";
    report.preflight = {{"gate-persistence", PreflightStatus::accepted, "appendonly no", "appendonly yes", "set it"}};
    CHECK(reset_text(report) ==
          "done     close gate: 37 of 100 granted\nfailed   purge\nwarning: the purge failed\nThis ends round 4 (2 of 3,000 granted).\n"
          "round 5 of event coupon: 100 coupons, open now\n");
    const auto read = Json::parse(reset_json(sample_heading(reset_schema, "yes"), report, {}));
    CHECK(keys_of(read) == std::vector<std::string>{"schema", "tool", "version", "event", "round", "started_at", "finished_at", "verdict",
                                                    "previous_round", "running", "steps", "outcome", "warnings", "preflight"});
    CHECK(read["round"] == 5);
    CHECK(read["previous_round"] == 4);
    CHECK(read["running"]["round"] == 4);
    CHECK(read["running"]["granted"] == 2);
    CHECK(read["running"]["limit"] == 3000);
    CHECK(read["steps"][0]["name"] == "close gate");
    CHECK(read["steps"][1]["status"] == "failed");
    CHECK(read["warnings"][0] == "the purge failed");
    CHECK(read["preflight"][0]["name"] == "gate-persistence");
    CHECK(read["preflight"][0]["status"] == "accepted");
}

TEST_CASE("a reset that was refused says what was done and what stood in the way") {
    const auto read =
        Json::parse(reset_json(sample_heading(reset_schema, "no"), {}, Fault{FaultKind::not_quiescent, "3 claims are pending", "wait"}));
    CHECK(read["round"].is_null());
    CHECK(read["previous_round"].is_null());
    CHECK(read["steps"].is_array());
    CHECK(read["error"]["kind"] == "not_quiescent");
    CHECK(read["error"]["message"] == "3 claims are pending");
    CHECK(read["error"]["hint"] == "wait");
    CHECK(reset_text({}).empty());
}

TEST_SUITE_END();
