#include "gate/lockstep.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

TEST_SUITE_BEGIN("live/gate/lockstep");

using namespace coupon;

TEST_CASE("the scripts and the rule give the same replies and remember the same, step by step") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        Lockstep both(seed);
        for (int step = 0; step < 1000; ++step) {
            CAPTURE(step);
            both.step();
        }
        seen.insert(both.seen().begin(), both.seen().end());
    }
    for (const auto* reply : {"claim granted",
                              "claim duplicate",
                              "claim sold_out",
                              "claim closed",
                              "claim missing",
                              "claim corrupt",
                              "claim not_armed",
                              "confirm confirmed",
                              "confirm gone",
                              "confirm round_over",
                              "confirm missing",
                              "confirm corrupt",
                              "confirm not_armed",
                              "close done",
                              "close conflict",
                              "reopen done",
                              "reopen conflict",
                              "reopen refused",
                              "reopen missing",
                              "give_up done",
                              "give_up conflict",
                              "create server",
                              "create conflict",
                              "open_and_arm done",
                              "open_and_arm conflict",
                              "open_and_arm corrupt",
                              "open_and_arm missing",
                              "begin_arming ticket",
                              "begin_arming conflict",
                              "begin_arming refused",
                              "restore done",
                              "restore conflict",
                              "restore corrupt",
                              "restore missing",
                              "arm done",
                              "arm conflict",
                              "arm corrupt",
                              "arm missing",
                              "arm refused"}) {
        CHECK_MESSAGE(seen.contains(reply), "no step ended with: " << reply);
    }
}

TEST_SUITE_END();
