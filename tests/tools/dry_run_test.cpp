#include "tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/dry_run");

namespace {

using Words = std::vector<std::string>;

Outcome run(const std::string& program, const std::string& event, const Words& words) {
    return run_program(program, event_options(event) + words);
}

void reset(const std::string& event, const Words& more) {
    REQUIRE(run("coupon-reset", event, Words{"--yes", "-q", "--end-running"} + more).exit_code == 0);
}

/// What a dry run says, whose exit code the application must then have.
void check_one(const std::string& event, const std::string& user, int code, const std::string& sentence) {
    const auto dry = run("coupon-apply", event, {"--dry-run", user});
    CAPTURE(dry.err);
    CHECK(dry.exit_code == code);
    CHECK(dry.out == sentence + "\n");
    CHECK(run("coupon-apply", event, {user}).exit_code == code);
}

void check_flood(const std::string& event, int code, const std::string& sentence) {
    const auto dry = run("coupon-flood", event, {"--dry-run", "--requests=5"});
    CHECK(dry.exit_code == code);
    CHECK(dry.out == sentence + "\n");
    const auto document = nlohmann::json::parse(run("coupon-flood", event, {"--dry-run", "--json"}).out);
    CHECK(document["would_grant"] == (code == 0));
    CHECK(document["dry_run"] == true);
}

} // namespace

TEST_CASE("a dry run says what the gate says next, with the exit code of the application and the coupons left") {
    const auto event = fresh_event();
    for (const Words& words : {Words{"--dry-run", "7"}, {"--dry-run", "7", "8"}})
        CHECK(run("coupon-apply", event, words).exit_code == 3);
    CHECK(run("coupon-flood", event, {"--dry-run"}).exit_code == 3);

    reset(event, {"--limit=2"});
    check_flood(event, 0, "users could apply: round 1 is open, 2 of 2 left");
    check_one(event, "7", 0, "user 7 could apply: round 1 is open, 2 of 2 left");
    check_one(event, "7", 11, "user 7 could not apply: user 7 has slot 1 of round 1 already, 1 of 2 left");
    const auto several = run("coupon-apply", event, {"--dry-run", "8", "9"});
    CHECK(several.exit_code == 1);
    CHECK(several.out == "user 8 could apply: round 1 is open, 1 of 2 left\nuser 9 could not apply: round 1 is sold out, 0 of 2 left\n");
    check_one(event, "8", 0, "user 8 could apply: round 1 is open, 1 of 2 left");
    check_one(event, "9", 10, "user 9 could not apply: round 1 is sold out, 0 of 2 left");
    check_flood(event, 1, "users could not apply: round 1 is sold out, 0 of 2 left");

    REQUIRE(run("coupon-consume", event, {"--until-drained", "-q"}).exit_code == 0);
    reset(event, {"--limit=3", "--opens-at=2099-01-01T00:00:00Z"});
    check_one(event, "7", 12, "user 7 could not apply: round 2 opens at 2099-01-01T00:00:00.000Z, 3 of 3 left");
    check_flood(event, 1, "users could not apply: round 2 opens at 2099-01-01T00:00:00.000Z, 3 of 3 left");
    REQUIRE(run("coupon-reset", event, {"--close", "--yes"}).exit_code == 0);
    reset(event, {"--limit=3"});
    REQUIRE(run("coupon-reset", event, {"--close", "--yes"}).exit_code == 0);
    check_one(event, "7", 12, "user 7 could not apply: round 3 is closed, 3 of 3 left");
    const auto line = nlohmann::json::parse(run("coupon-apply", event, {"--dry-run", "--json", "7"}).out);
    CHECK(line["would_be"] == "closed");
    CHECK(line["left"] == 3);
}

TEST_CASE("a flood in which no user was granted says why") {
    const auto event = fresh_event();
    reset(event, {"--limit=2"});
    REQUIRE(run("coupon-reset", event, {"--close", "--yes"}).exit_code == 0);
    const auto text = run("coupon-flood", event, {"--requests=5"});
    CHECK(text.out.find("no user was granted: the round is closed") != std::string::npos);
    const auto document = nlohmann::json::parse(run("coupon-flood", event, {"--requests=5", "--json"}).out);
    CHECK(document["closed_because"] == nlohmann::json{{"by_operator", 5}});
    CHECK(document["none_granted_because"].get<std::string>().find("the round is closed") == 0);
}

TEST_SUITE_END();
