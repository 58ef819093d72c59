#include "tools/loopback_server.hpp"
#include "tools/program.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/interruption");

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Reading {
    std::string program;
    Words words;
    bool uses_mysql = true;
    bool tells_json = true; ///< takes the signal with work in hand, so that a partial document is told
};

const std::vector<Reading> readings{
    {"coupon-audit", {}},
    {"coupon-audit", {"--user=7"}},
    {"coupon-audit", {"--preflight"}},
    {"coupon-apply", {"--dry-run", "7"}, false, false},
    {"coupon-flood", {"--dry-run"}, false, false},
    {"coupon-reset", {"--dry-run"}, true, false},
    {"coupon-consume", {"--recover", "--dry-run"}, true, false},
};

std::map<std::string, std::string> with_silent(const std::string& server, const std::string& address) {
    if (server == "redis") return {{"COUPON_REDIS", "redis://" + address + "/0"}};
    if (server == "kafka") return {{"COUPON_BROKERS", address}};
    return {{"COUPON_MYSQL", "mysql://coupon@" + address + "/coupon"}};
}

void check_interrupted(const Reading& reading, const std::string& server, int number, int code) {
    const auto event = fresh_event();
    REQUIRE(run_program("coupon-reset", event_options(event) + Words{"--yes", "-q"}).exit_code == 0);
    const LoopbackServer silent("");
    CAPTURE(reading.program);
    CAPTURE(server);
    Program program(reading.program, event_options(event) + reading.words + Words{"--json", "--timeout=20s"},
                    with_silent(server, silent.address()));
    const auto give_up = std::chrono::steady_clock::now() + 15s;
    while (silent.accepted() == 0 && std::chrono::steady_clock::now() < give_up)
        std::this_thread::sleep_for(5ms);
    REQUIRE(silent.accepted() > 0);
    const auto start = std::chrono::steady_clock::now();
    program.signal(number);
    const auto outcome = program.finish(10s);
    const auto took = std::chrono::steady_clock::now() - start;
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == code);
    CHECK(took < 500ms);
    if (reading.tells_json) CHECK(outcome.out.find("\"verdict\": \"interrupted\"") != std::string::npos);
}

} // namespace

TEST_CASE("the first signal ends whatever only reads within half a second, also while a server accepts and says nothing") {
    for (const auto& reading : readings) {
        for (const std::string server : {"redis", "kafka", "mysql"}) {
            if (server == "mysql" && !reading.uses_mysql) continue;
            check_interrupted(reading, server, SIGTERM, 143);
        }
    }
    check_interrupted(readings[0], "mysql", SIGINT, 130);
}

TEST_SUITE_END();
