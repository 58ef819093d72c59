#include "tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/reset");

namespace {

using Words = std::vector<std::string>;

Outcome reset(const std::string& event, const Words& more) {
    return run_program("coupon-reset", event_options(event) + Words{"--yes"} + more);
}

int apply_for(const std::string& event, const std::string& user) {
    return run_program("coupon-apply", event_options(event) + Words{user}).exit_code;
}

} // namespace

TEST_CASE("a running round is ended only with --end-running: without it the reset exits 1 and users go on applying") {
    const auto event = fresh_event();
    REQUIRE(reset(event, {"--limit=3000"}).exit_code == 0);
    REQUIRE(apply_for(event, "7") == 0);
    const auto refused = reset(event, {"--json"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("round 1 is running (1 of 3,000 granted); nothing was changed; pass --end-running") != std::string::npos);
    CHECK(apply_for(event, "8") == 0);

    const auto plan = run_program("coupon-reset", event_options(event) + Words{"--dry-run", "--json"});
    CHECK(plan.exit_code == 1);
    const auto planned = nlohmann::json::parse(plan.out);
    CHECK(planned["running"]["granted"] == 2);
    CHECK(planned["steps"].size() > 3);
    CHECK(run_program("coupon-reset", event_options(event) + Words{"--dry-run", "--end-running"}).exit_code == 0);
    CHECK(apply_for(event, "9") == 0);

    REQUIRE(run_program("coupon-consume", event_options(event) + Words{"--until-drained", "--timeout=30s"}).exit_code == 0);
    CHECK(reset(event, {"--end-running"}).exit_code == 0);
}

TEST_CASE("a round that is sold out, closed, or over is no running round") {
    const auto event = fresh_event();
    REQUIRE(reset(event, {"--limit=1"}).exit_code == 0);
    REQUIRE(apply_for(event, "7") == 0);
    REQUIRE(run_program("coupon-consume", event_options(event) + Words{"--until-drained", "--timeout=30s"}).exit_code == 0);
    REQUIRE(reset(event, {}).exit_code == 0);
    REQUIRE(reset(event, {"--close"}).exit_code == 0);
    REQUIRE(reset(event, {"--opens-at=+1h"}).exit_code == 0);
    REQUIRE(reset(event, {}).exit_code == 0);
}

TEST_SUITE_END();
