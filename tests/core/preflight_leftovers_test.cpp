#include "core/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("core/preflight_leftovers") {

    const std::vector<PlantedSetting> planted_settings{
        {"failed-events", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->leftovers.reset(); }, "cannot be asked"},
        {"round", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->leftovers.reset(); }, "cannot be asked"},
        {"round", PreflightStatus::warning, [](PreflightInput& input) { input.rounds.clear(); }, "no round"},
        {"round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds.clear();
             input.opening = Opening::new_round;
         },
         "opens the first"},
        {"round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds[0].state = RoundState::opening; }, "interrupted"},
        {"round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds[0].state = RoundState::opening;
             input.opening = Opening::new_round;
         },
         "replaced"},
        {"round", PreflightStatus::warning, [](PreflightInput& input) { input.rounds[0].state = RoundState::closed; }, "closed"},
        {"round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.rounds[0].state = RoundState::closed;
             input.opening = Opening::same_round;
         },
         "let in again"},
        {"round", PreflightStatus::warning, [](PreflightInput& input) { input.rounds[0].state = RoundState::abandoned; }, "abandoned"},
        {"round", PreflightStatus::warning, [](PreflightInput& input) { input.rounds[0].state = RoundState::purged; }, "purged"},
        {"round", PreflightStatus::warning, [](PreflightInput& input) { input.rounds[0].window.closes_at = input.now; }, "ended"},
        {"round", PreflightStatus::ok, [](PreflightInput& input) { input.rounds[0].window.opens_at = input.now + Milliseconds(1000); },
         "opens at"},
        {"gate-round", PreflightStatus::warning, [](PreflightInput& input) { input.look.reset(); }, "no gate"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look.reset();
             input.opening = Opening::new_round;
         },
         "new one"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look.reset();
             input.opening = Opening::same_round;
         },
         "made anew"},
        {"gate-round", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.look->defects = {"granted is 3 but there are 2 claims"}; }, "granted is 3"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.look->fields.round = Round(4); }, "round 4"},
        {"gate-round", PreflightStatus::dangerous, [](PreflightInput& input) { input.rounds.clear(); }, "none"},
        {"gate-round", PreflightStatus::warning, [](PreflightInput& input) { input.look->fields.round = Round(2); }, "round 2"},
        {"gate-round", PreflightStatus::warning, [](PreflightInput& input) { input.look->armed = false; }, "not armed"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look->armed = false;
             input.opening = Opening::same_round;
         },
         "before it opens"},
        {"gate-round", PreflightStatus::warning, [](PreflightInput& input) { input.look->fields.door = GateDoor::closed; },
         "closed although round 3 is open"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look->fields.door = GateDoor::closed;
             input.opening = Opening::same_round;
         },
         "closed, armed"},
        {"gate-round", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look->fields.door = GateDoor::closed;
             input.rounds.back().state = RoundState::closed;
         },
         "closed, armed"},
        {"outbox", PreflightStatus::warning, [](PreflightInput& input) { input.look->outbox = 2; }, "2 claims"},
        {"outbox", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.look->outbox = 2;
             input.opening = Opening::new_round;
         },
         "waits for them"},
        {"group-lag", PreflightStatus::warning, [](PreflightInput& input) { input.partitions[1].committed = 7; }, "3 records"},
        {"group-lag", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.partitions[1].committed = 7;
             input.opening = Opening::new_round;
         },
         "waits for them"},
        {"group-offsets", PreflightStatus::dangerous, [](PreflightInput& input) { input.partitions[1].committed = 11; },
         "partition 1: committed 11"},
        {"group-offsets", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.partitions[1].committed = 11;
             input.opening = Opening::new_round;
         },
         "committed 11"},
        {"group-offsets", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.partitions[2].low = 10;
             input.partitions[2].committed = 4;
         },
         "committed 4"},
        {"group-offsets", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.partitions[2].low = 10;
             input.partitions[2].committed = 4;
             input.ledger->leftovers->purged_to[2] = 9;
         },
         "committed 4"},
        {"group-offsets", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.partitions[2].low = 10;
             input.partitions[2].committed = 4;
             input.ledger->leftovers->purged_to[2] = 10;
         },
         "within"},
        {"group-offsets", PreflightStatus::ok, [](PreflightInput& input) { input.partitions[2].committed.reset(); }, "within"},
        {"failed-events", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->leftovers->failed_events = 1; },
         "1 failed event"},
        {"failed-events", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger->leftovers->failed_events = 1;
             input.opening = Opening::new_round;
         },
         "1 failed event"},
        {"abandoned-claims", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->leftovers->abandoned_claims[2] = 7; },
         "7 claims of round 2"},
        {"abandoned-claims", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->leftovers->abandoned_claims[1] = 7; }, "none"},
        {"abandoned-claims", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.ledger->leftovers->abandoned_claims[2] = 7;
             input.opening = Opening::new_round;
         },
         "7 claims of round 2"},
    };

    TEST_CASE("what earlier rounds left over is judged by what is about to happen") {
        check_planted(planted_settings);
    }

} // TEST_SUITE

} // namespace coupon
