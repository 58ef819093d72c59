#include "gate/lockstep.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

TEST_SUITE_BEGIN("live/gate/lockstep");

using namespace coupon;

namespace {

/// What must have happened for the case to prove anything: each call, with each kind of answer.
const std::set<std::string> every_reply{"claim granted",
                                        "claim duplicate",
                                        "claim sold_out",
                                        "claim closed",
                                        "claim missing",
                                        "claim corrupt",
                                        "claim not_armed",
                                        "claims together granted",
                                        "claims together duplicate",
                                        "claims together sold_out",
                                        "claims together closed",
                                        "claims together missing",
                                        "claims together corrupt",
                                        "claims together not_armed",
                                        "confirm confirmed",
                                        "confirm gone",
                                        "confirm went_back",
                                        "confirm round_over",
                                        "confirm missing",
                                        "confirm corrupt",
                                        "confirm not_armed",
                                        "shut missing",
                                        "shut untold",
                                        "shut told",
                                        "disarm done",
                                        "disarm conflict",
                                        "disarm refused",
                                        "disarm missing",
                                        "mark_told done",
                                        "mark_told conflict",
                                        "mark_told missing",
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
                                        "arm refused"};

} // namespace

TEST_CASE("the scripts and the rule give the same replies and remember the same, step by step") {
    // Whoever changes the steps changes which replies the first seeds come by; a few more seeds find them all again.
    std::set<std::string> missing = every_reply;
    for (std::uint64_t seed = 1; seed <= 5 || (!missing.empty() && seed <= 40); ++seed) {
        CAPTURE(seed);
        Lockstep both(seed);
        for (int step = 0; step < 1000; ++step) {
            CAPTURE(step);
            both.step();
        }
        for (const auto& reply : both.seen())
            missing.erase(reply);
    }
    for (const auto& reply : missing)
        FAIL_CHECK("no step ended with: " << reply);
}

TEST_SUITE_END();
