#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_group") {

    TEST_CASE("a broker that does not answer where it advertises itself, a group without coordinator and strangers have their lines") {
        check_planted({
            {"topic-brokers", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->unreached[1] = "far:9092 (refused)"; },
             "broker 1 does not answer at far:9092 (refused)"},
            {"topic-brokers", PreflightStatus::warning, [](PreflightInput& input) { input.topic->unreached[7] = "far:9092 (refused)"; },
             "broker 7"},
            {"group-coordinator", PreflightStatus::dangerous,
             [](PreflightInput& input) {
                 input.group_sight->has_coordinator = false;
                 input.group_sight->members.reset();
             },
             "coupon_issuer has no coordinator"},
            {"group-coordinator", PreflightStatus::cannot_tell,
             [](PreflightInput& input) {
                 input.group_sight.reset();
                 input.why_group_is_untold = "no answer";
             },
             "no answer"},
            {"group-members", PreflightStatus::cannot_tell,
             [](PreflightInput& input) {
                 input.group_sight->has_coordinator = false;
                 input.group_sight->members.reset();
             },
             "coupon_issuer has no coordinator"},
            {"group-members", PreflightStatus::cannot_tell,
             [](PreflightInput& input) {
                 input.group_sight->members.reset();
                 input.group_sight->untold = "another protocol";
             },
             "another protocol"},
            {"group-members", PreflightStatus::dangerous,
             [](PreflightInput& input) {
                 input.group_sight->members->push_back({"rdkafka", "/10.0.0.7", {2, 3}});
             },
             "client rdkafka at /10.0.0.7 (partitions 2 3) is no coupon-consume"},
            {"group-members", PreflightStatus::dangerous,
             [](PreflightInput& input) {
                 input.opening = Opening::new_round;
                 input.group_sight->members->push_back({"rdkafka", "/10.0.0.7", {2, 3}});
             },
             "not issued"},
            {"group-members", PreflightStatus::warning,
             [](PreflightInput& input) {
                 input.group_sight->members->push_back({"rdkafka", "/10.0.0.7", {}});
             },
             "when a worker ends"},
            {"group-members", PreflightStatus::ok, [](PreflightInput& input) { input.group_sight->members->clear(); }, "0 workers"},
        });
    }

    TEST_CASE("what the partitions and the group were not asked for is no pass") {
        auto input = good_input();
        input.partitions.clear();
        input.why_partitions_are_untold = "a partition has no leader that answers";
        const auto report = preflight(input);
        for (const auto* name : {"group-lag", "group-offsets"})
            CHECK(line_of(report, name).status == PreflightStatus::cannot_tell);
    }

    TEST_CASE("the members that are not told can be listed by Kafka's own command") {
        auto input = good_input();
        input.group_sight->members.reset();
        CHECK(line_of(preflight(input), "group-members").fix ==
              "kafka-consumer-groups.sh --bootstrap-server fake:9092 --describe --group coupon_issuer --members --verbose");
    }

} // TEST_SUITE

} // namespace coupon
