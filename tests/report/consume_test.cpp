#include "report/consume.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/consume");

namespace {

FailedEvent sample_failed() {
    FailedEvent failed;
    failed.topic = "coupon_create";
    failed.at = {2, 17};
    failed.user = UserId(42);
    failed.kind = FailedKind::impossible;
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
    report.failed_by_kind = {{FailedKind::undecodable, 4}, {FailedKind::not_signed, 1}};
    report.redriven = 6;
    report.drained = true;
    CHECK(consume_text(report) ==
          "100 issued, 2 already issued, 3 stale, 4 fenced, 5 failed, 6 republished\nfailed events: 4 undecodable, 1 unsigned\n"
          "drained: every claim has its coupon\n");
    const auto read = Json::parse(consume_json(sample_heading(consume_schema, "yes"), report));
    CHECK(read["schema"] == "coupon.consume/1");
    const std::vector<std::pair<const char*, int>> expected{{"issued", 100}, {"already_issued", 2}, {"stale", 3},
                                                            {"fenced", 4},   {"failed", 5},         {"redriven", 6}};
    for (const auto& [key, count] : expected) {
        CAPTURE(key);
        CHECK(read[key] == count);
    }
    CHECK(read["drained"] == true);
    CHECK(read["failed_by_kind"].size() == failed_kinds.size());
    CHECK(read["failed_by_kind"]["undecodable"] == 4);
    CHECK(read["failed_by_kind"]["unsigned"] == 1);
    CHECK(read["failed_by_kind"]["too_large"] == 0);
}

TEST_CASE("a worker that did not drain says why") {
    ConsumeReport report;
    report.interrupted = true;
    report.not_drained_because = "3 claims are pending";
    CHECK(consume_text(report) == "stopped: 0 issued\nnot drained: 3 claims are pending\n");
    const auto read = Json::parse(consume_json(sample_heading(consume_schema, "interrupted"), report));
    CHECK(read["not_drained_because"] == "3 claims are pending");
    CHECK(read["interrupted"] == true);
}

TEST_CASE("a retry names what was issued and what is still failed, its text made safe") {
    RetryReport report;
    report.issued = 1;
    report.failed = {{FailedKind::impossible, 1}};
    report.issued_events = {sample_failed()};
    report.failed_events = {sample_failed()};
    const std::string event = "coupon_create partition 2 offset 17, user 42, round unknown: slot 101 is above\\x1b the limit\n";
    CHECK(retry_text(report) == "1 failed event issued, 1 still failed (1 impossible)\nissued: " + event + "still failed: " + event);
    const auto read = Json::parse(retry_json(sample_heading(consume_schema, "yes"), report));
    CHECK(read["issued"] == 1);
    CHECK(read["failed"] == 1);
    CHECK(read["failed_by_kind"]["impossible"] == 1);
    CHECK(read["failed_events"][0]["user"] == "42");
    CHECK(read["failed_events"][0]["kind"] == "impossible");
    CHECK(read["failed_events"][0]["round"].is_null());
    CHECK(read["failed_events"][0]["offset"] == 17);
    CHECK(read["resolved_events"][0]["attempts"] == 3);
    CHECK(read["not_listed"] == 0);
}

TEST_CASE("of many events a text shows the first 20, a document those that are listed, and both count the rest") {
    RetryReport report;
    report.failed = {{FailedKind::undecodable, 200'000}};
    report.failed_events.assign(listed_events, sample_failed());
    const auto text = retry_text(report);
    CHECK(std::count(text.begin(), text.end(), '\n') == 22);
    CHECK(text.ends_with("still failed: 199980 more\n"));
    const auto read = Json::parse(retry_json(sample_heading(consume_schema, "yes"), report));
    CHECK(read["failed"] == 200'000);
    CHECK(read["failed_events"].size() == listed_events);
    CHECK(read["not_listed"] == 199'000);
}

TEST_CASE("a dismissal says what it takes, that users may stay without a coupon, and what was done") {
    DismissReport report;
    CHECK(dismissal_plan_text(report.found) == "nothing to dismiss\n");
    CHECK(dismiss_text(report) == "0 failed events dismissed: no failed event of this topic matches\n");
    report.found.open = {{FailedKind::undecodable, 5}, {FailedKind::conflict, 1}};
    CHECK(dismissal_plan_text(report.found) == "dismiss 6 failed events: 5 undecodable, 1 conflict\ndismissed events are never retried\n");
    report.found.open_of_users = 1;
    CHECK(dismissal_plan_text(report.found).find("1 of them belongs to a user") != std::string::npos);
    report.found.dismissed = 2;
    report.dismissed = 6;
    CHECK(dismiss_text(report) == "6 failed events dismissed, 2 dismissed before\n");
    const auto read = Json::parse(dismiss_json(sample_heading(consume_schema, "yes"), report));
    CHECK(read["schema"] == "coupon.consume/1");
    CHECK(read["found"]["undecodable"] == 5);
    CHECK(read["found_of_users"] == 1);
    CHECK(read["dismissed"] == 6);
    CHECK(read["dismissed_before"] == 2);
    report.found.open.clear();
    CHECK(dismissal_plan_text(report.found) == "nothing to dismiss: dismissed before\n");
}

TEST_SUITE_END();
