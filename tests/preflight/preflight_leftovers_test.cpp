#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_leftovers") {

    const std::vector<PlantedSetting> planted_settings{
        {"foreign-records", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.foreign = {3, {1, 7}};
         },
         "topic coupon_create holds 3 records, the first at 1@7, of this event that no round of this ledger signed"},
        {"foreign-records", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.foreign = {1, {1, 7}};
             input.opening = Opening::same_round;
         },
         "1 record"},
        {"foreign-records", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.why_foreign_is_untold = "no answer in time"; },
         "not read: no answer in time"},
        {"foreign-records", PreflightStatus::ok, [](PreflightInput& input) { input.opening = Opening::new_round; }, "looks itself"},
        {"failed-events", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->leftovers.reset(); }, "cannot be asked"},
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
        {"group-offsets", PreflightStatus::warning,
         [](PreflightInput& input) {
             for (auto& partition : input.partitions) {
                 partition.committed.reset();
                 partition.unread = 0;
                 partition.settled = 1;
             }
         },
         "has no committed offset: it expired, or --group is another one"},
        {"failed-events", PreflightStatus::warning,
         [](PreflightInput& input) { input.ledger->leftovers->failed_events.open[FailedKind::undecodable] = 1; }, "1 failed event"},
        {"failed-events", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger->leftovers->failed_events.open[FailedKind::undecodable] = 1;
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
