#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_round") {

    void no_round(PreflightInput & input) {
        input.rounds.clear();
        input.look.reset();
    }

    const std::vector<PlantedSetting> planted_settings{
        {"round", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->leftovers.reset(); }, "cannot be asked"},
        {"round", PreflightStatus::dangerous, no_round, "the ledger has no round of event coupon"},
        {"round", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             no_round(input);
             input.events = {"copuon", "spring"};
         },
         "it has rounds of copuon, spring"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].state = RoundState::opening; }, "interrupted"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].state = RoundState::closed; },
         "closed, limit 100: users are turned away"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].state = RoundState::abandoned; }, "abandoned"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].state = RoundState::purged; }, "purged"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].window.closes_at = input.gate->now; },
         "its window ended at"},
        {"round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds[0].window.closes_at = input.gate->now + Milliseconds(1);
             input.now += Milliseconds(5000);
         },
         "open"},
        {"round-limit", PreflightStatus::ok, [](PreflightInput& input) { input.look->fields.granted = 37; }, "100 coupons, 37 granted"},
        {"round-limit", PreflightStatus::ok, [](PreflightInput& input) { input.plan.limit = Limit(100); }, "100 coupons"},
        {"round-limit", PreflightStatus::dangerous, [](PreflightInput& input) { input.plan.limit = Limit(200); },
         "100 coupons, 0 granted, but 200 coupons are planned"},
        {"round-limit", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             no_round(input);
             input.plan.limit = Limit(200);
         },
         "no round, and 200 coupons are planned"},
        {"round-limit", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.limit = Limit(50); },
         "the gate gives 50 coupons, the ledger says 100"},
        {"round-opening", PreflightStatus::ok, [](PreflightInput&) {}, "open from its first moment"},
        {"round-opening", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds[0].window.opens_at = input.look->fields.window.opens_at = input.plan.opens_at =
                 input.gate->now + Milliseconds(1000);
         },
         "opens at"},
        {"round-opening", PreflightStatus::ok,
         [](PreflightInput& input) { input.rounds[0].window.opens_at = input.look->fields.window.opens_at = input.gate->now; },
         "open since"},
        {"round-opening", PreflightStatus::dangerous, [](PreflightInput& input) { input.plan.opens_at = input.gate->now; },
         "open from its first moment, but opening at"},
        {"round-opening", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.rounds[0].window.opens_at = input.look->fields.window.opens_at = input.gate->now + Milliseconds(3'600'000);
             input.plan.opens_at = input.gate->now + Milliseconds(7'200'000);
         },
         "but opening at"},
        {"round-opening", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             no_round(input);
             input.plan.opens_at = input.gate->now;
         },
         "no round, and opening at"},
        {"round-opening", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.look->fields.window.opens_at = input.gate->now + Milliseconds(1000); },
         "the window of the gate is not the one of the ledger"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look.reset(); }, "there is no gate for round 3"},
        {"gate-round", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.look->defects = {"granted is 3 but there are 2 claims"}; }, "granted is 3"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.round = Round(4); }, "round 4"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds.clear(); }, "none"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.round = Round(2); }, "round 2"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->server.run_id = "restarted"; }, "not armed"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].epoch = Epoch(2); },
         "the gate of round 3 is in epoch 1, the ledger in 2"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.epoch = Epoch(2); },
         "the gate of round 3 is in epoch 2, the ledger in 1"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].home.run_id = "the-gate"; },
         "the ledger names the gate of another server"},
        {"gate-round", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.rounds[0].key = RoundKey::parse("0f0e0d0c0b0a09080706050403020100");
             input.look->fields.key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
         },
         "has seal "},
        {"gate-round", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.rounds[0].home = {"the-gate", 0, {"redis://there:6379/0"}};
             input.look->fields.epoch = Epoch(2);
         },
         "the gate at redis://here:6379/0 is not the gate of round 3 of event coupon, which is at redis://there:6379/0"},
        {"gate-round", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.rounds[0].home = {"the-gate", 0, {"redis://there:6379/0"}};
             input.look.reset();
         },
         "the gate at redis://here:6379/0 is not the gate of round 3 of event coupon, which is at redis://there:6379/0"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds[0].home = {"the-server", 0, {"redis://there:6379/0"}};
         },
         "open, armed"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.door = GateDoor::closed; },
         "closed although round 3 is open"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look->fields.door = GateDoor::closed;
             input.rounds.back().state = RoundState::closed;
         },
         "closed, armed"},
    };

    TEST_CASE("a round in which users would get no coupon is not ready, and one that differs from the plan neither") {
        check_planted(planted_settings);
    }

    TEST_CASE("what a reset is there to repair holds up no reset") {
        const std::vector<void (*)(PreflightInput&)> repaired{
            no_round,
            [](PreflightInput& input) { input.rounds[0].state = RoundState::opening; },
            [](PreflightInput& input) { input.rounds[0].state = RoundState::closed; },
            [](PreflightInput& input) { input.rounds[0].state = RoundState::abandoned; },
            [](PreflightInput& input) { input.rounds[0].window.closes_at = input.gate->now; },
            [](PreflightInput& input) { input.look.reset(); },
            [](PreflightInput& input) { input.look->server.run_id = "restarted"; },
            [](PreflightInput& input) { input.look->fields.round = Round(2); },
            [](PreflightInput& input) { input.look->fields.door = GateDoor::closed; },
            [](PreflightInput& input) { input.look->fields.limit = Limit(50); },
            [](PreflightInput& input) { input.look->fields.window.opens_at = input.gate->now; },
            [](PreflightInput& input) { input.topic->partitions.clear(); },
        };
        for (const auto& plant : repaired) {
            for (const auto opening : {Opening::new_round, Opening::same_round}) {
                auto input = good_input();
                plant(input);
                input.opening = opening;
                for (const auto& line : preflight(input).of(PreflightStatus::dangerous)) {
                    CAPTURE(line.name);
                    CAPTURE(line.found);
                    CHECK(false);
                }
                input.opening = Opening::looked_at;
                CHECK_FALSE(preflight(input).of(PreflightStatus::dangerous).empty());
            }
        }
    }

    TEST_CASE("a round that is over is reopened only with a later end") {
        for (const auto state : {RoundState::open, RoundState::closed}) {
            auto input = good_input();
            input.rounds[0].state = state;
            input.look->fields.door = GateDoor::closed;
            const auto fixes = [&] { return line_of(preflight(input), "round").fix + line_of(preflight(input), "gate-round").fix; };
            CHECK(fixes().find("--reopen --yes --event coupon") != std::string::npos);
            CHECK(fixes().find("--closes-at TIME") == std::string::npos);
            input.rounds[0].window.closes_at = input.gate->now;
            CHECK(fixes().find("--reopen --yes --event coupon --closes-at TIME") != std::string::npos);
        }
    }

    TEST_CASE("a reset is told what it will do to the round") {
        struct Row {
            Opening opening;
            void (*plant)(PreflightInput& input);
            const char* name;
            const char* found;
        };
        const std::vector<Row> rows{
            {Opening::new_round, no_round, "round", "opens the first"},
            {Opening::new_round, [](PreflightInput& input) { input.rounds[0].state = RoundState::opening; }, "round", "replaced"},
            {Opening::same_round, [](PreflightInput& input) { input.rounds[0].state = RoundState::closed; }, "round", "let in again"},
            {Opening::new_round, [](PreflightInput& input) { input.look.reset(); }, "gate-round", "new one"},
            {Opening::same_round, [](PreflightInput& input) { input.look.reset(); }, "gate-round", "made before it opens"},
            {Opening::same_round, [](PreflightInput& input) { input.look->server.run_id = "restarted"; }, "gate-round",
             "armed before it opens"},
            {Opening::same_round, [](PreflightInput& input) { input.look->fields.door = GateDoor::closed; }, "gate-round", "closed, armed"},
        };
        for (const auto& row : rows) {
            auto input = good_input();
            row.plant(input);
            input.opening = row.opening;
            const auto line = line_of(preflight(input), row.name);
            CAPTURE(line.found);
            CHECK(line.status == PreflightStatus::ok);
            CHECK(line.found.find(row.found) != std::string::npos);
        }
    }

} // TEST_SUITE

} // namespace coupon
