#include "ledger/live_mysql.hpp"
#include "ledger/mysql/mysql_reset.hpp"
#include "tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <thread>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/recover");

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// An event of users 1 to 6, of whose records a worker could issue none: the round's row was not open.
struct BadDay {
    std::string event = fresh_event();
    RawMysql mysql{live_mysql()};

    BadDay() {
        REQUIRE(run("coupon-reset", {"--yes", "-q", "--limit=10"}).exit_code == 0);
        REQUIRE(run("coupon-apply", {"1", "2", "3", "4", "5", "6"}).exit_code == 0);
        set_state("opening");
        Program worker("coupon-consume", event_options(event));
        REQUIRE(wait_for([&] { return number("SELECT COUNT(*) FROM failed_event WHERE event = '" + event + "'") == 6; }));
        worker.signal(SIGTERM);
        REQUIRE(worker.finish(20s).exit_code == 0);
        set_state("open");
    }

    Outcome run(const std::string& program, const Words& words) const { return run_program(program, event_options(event) + words); }
    [[nodiscard]] nlohmann::json recover(int exit_code, const Words& words = {}) const {
        const auto outcome = run("coupon-consume", Words{"--recover", "--json"} + words);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == exit_code);
        return nlohmann::json::parse(outcome.out);
    }
    void set_state(const std::string& state) { mysql.run("UPDATE coupon_round SET state = '" + state + "' WHERE event = '" + event + "'"); }
    [[nodiscard]] std::int64_t number(const std::string& query) { return std::stoll(mysql.value(query)); }
    [[nodiscard]] std::int64_t rows() { return number("SELECT COUNT(*) FROM coupon WHERE event = '" + event + "'"); }
    template <class Condition>
    static bool wait_for(const Condition& condition) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(50ms);
        }
        return true;
    }
};

} // namespace

TEST_CASE("failed events and skipped records are planned, brought on with --yes without a worker, and then there is nothing to do") {
    BadDay day;
    // Of users 1 and 2 nothing was kept: a worker committed past their records.
    day.mysql.run("DELETE FROM failed_event WHERE event = '" + day.event + "' AND user_id IN (1, 2)");
    const auto planned = day.recover(1);
    CHECK(planned["schema"] == "coupon.recover/1");
    CHECK(planned["round"] == 1);
    CHECK(planned["plan"]["give_again"] == 2);
    CHECK(planned["plan"]["issue_failed"] == 4);
    CHECK(planned["done"].is_null());
    CHECK_MESSAGE(day.rows() == 0, "a plan changes nothing");

    const auto done = day.recover(0, {"--yes"});
    CHECK(done["done"]["issued"] == 2);
    CHECK(done["done"]["issued_at_last"] == 4);
    CHECK(done["done"]["published"] == 0);
    CHECK(day.rows() == 6);
    CHECK(done["left"]["steps"].empty());
    CHECK(done["left"]["for_a_person"].empty());

    const auto again = day.recover(0, {"--yes"});
    CHECK(again["plan"]["steps"].empty());
    CHECK(again["plan"]["for_a_person"].empty());
    const auto verdict = day.run("coupon-audit", {"--wait=10s"});
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
    CHECK(verdict.out.find("exact in the stores, 6 of 10") != std::string::npos);
}

TEST_CASE("while a reset is at work a recovery is refused with 6 and changes nothing") {
    BadDay day;
    const auto lock = reset_lock_name(live_mysql().database, day.event);
    REQUIRE(day.mysql.value("SELECT GET_LOCK('" + lock + "', 0)") == "1");
    const auto refused = day.recover(6, {"--yes"});
    CHECK(refused["error"]["kind"] == "already_running");
    CHECK(day.rows() == 0);
}

TEST_CASE("without a round there is nothing to recover, which is 3; options of a worker beside --recover are 2") {
    const auto event = fresh_event();
    CHECK(run_program("coupon-consume", event_options(event) + Words{"--recover", "--until-drained"}).exit_code == 2);
    CHECK(run_program("coupon-consume", event_options(event) + Words{"--wait=1s"}).exit_code == 2);
    CHECK(run_program("coupon-consume", event_options(event) + Words{"--recover"}).exit_code == 3);
}

TEST_SUITE_END();
