#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_topic") {

    const std::vector<PlantedSetting> planted_settings{
        {"topic-exists", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->partitions.clear(); },
         "is gone although round"},
        {"topic-exists", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.rounds.back().state = RoundState::closed;
         },
         "does not exist"},
        {"topic-exists", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.opening = Opening::same_round;
         },
         "is gone although round"},
        {"topic-exists", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.opening = Opening::new_round;
             input.rounds.back().state = RoundState::closed;
         },
         "creates it"},
        {"topic-exists", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.opening = Opening::new_round;
             input.rounds.back().topic = "another";
         },
         "creates it"},
        {"topic-exists", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.opening = Opening::new_round;
         },
         "is gone although round"},
        {"topic-leaders", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->partitions[2].leader.reset(); },
         "partition 2"},
        {"topic-replicas", PreflightStatus::warning, [](PreflightInput& input) { input.topic->partitions[1].in_sync = 2; },
         "partition 1 has 2 of 3 replicas in sync"},
        {"topic-replicas", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->partitions[1].in_sync = 1; },
         "partition 1 has 1 of 3 replicas in sync, min.insync.replicas is 2: nothing can be published there"},
        {"topic-replicas", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->partitions[1].in_sync = 1;
             input.opening = Opening::new_round;
         },
         "nothing can be published there"},
        {"topic-replicas", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->topic["min.insync.replicas"] = "9";
             input.topic->partitions[1].in_sync = 2;
         },
         "partition 1 has 2 of 3 replicas in sync, min.insync.replicas is 9"},
        {"topic-replicas", PreflightStatus::ok, [](PreflightInput& input) { input.topic->topic["min.insync.replicas"] = "9"; },
         "all in sync"},
        {"topic-replicas", PreflightStatus::ok,
         [](PreflightInput& input) {
             for (auto& one : input.topic->partitions)
                 one.replicas = one.in_sync = 1;
         },
         "all in sync"},
        {"topic-replicas", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.topic->partitions[1].in_sync = 2;
             input.topic->topic.erase("min.insync.replicas");
         },
         "min.insync.replicas"},
        {"topic-replication", PreflightStatus::warning,
         [](PreflightInput& input) {
             for (auto& one : input.topic->partitions)
                 one.replicas = one.in_sync = 1;
         },
         "1 replica:"},
        {"topic-replication", PreflightStatus::warning, [](PreflightInput& input) { input.topic->partitions[3].replicas = 2; },
         "2 replicas"},
        {"topic-replication", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->brokers.clear();
         },
         "default.replication.factor"},
        {"topic-min-insync", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["min.insync.replicas"] = "1"; },
         "min.insync.replicas 1"},
        {"topic-min-insync", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["min.insync.replicas"] = "4"; },
         "min.insync.replicas 4 of 3 replicas"},
        {"topic-min-insync", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.topic->topic.erase("min.insync.replicas");
             input.topic->untold = "denied";
         },
         "denied"},
        {"topic-retention", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->topic["retention.ms"] = "3600000"; },
         "1 hour"},
        {"topic-retention", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["retention.ms"] = "129600000"; },
         "36 hours"},
        {"topic-retention", PreflightStatus::ok, [](PreflightInput& input) { input.topic->topic["retention.ms"] = "-1"; }, "for ever"},
        {"topic-retention", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->topic["retention.ms"] = "172800000";
             input.window.closes_at = input.now + std::chrono::hours(48);
         },
         "2 days"},
        {"topic-retention", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->topic["retention.ms"] = "172800000";
             input.window.closes_at = input.now + std::chrono::hours(1);
         },
         "2 days"},
        {"topic-retention", PreflightStatus::ok, [](PreflightInput& input) { input.window.opens_at = input.now + std::chrono::years(70); },
         "7 days"},
        {"topic-retention", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.window.opens_at = input.now + std::chrono::days(30);
             input.window.closes_at = *input.window.opens_at + std::chrono::days(2);
         },
         "7 days"},
        {"topic-retention", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.window.opens_at = input.now + std::chrono::days(30);
             input.window.closes_at = *input.window.opens_at + std::chrono::days(7);
         },
         "7 days"},
        {"topic-retention", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->topic["retention.bytes"] = "1000"; },
         "1000 bytes"},
        {"topic-retention", PreflightStatus::ok, [](PreflightInput& input) { input.topic->topic["retention.bytes"] = "1000000"; },
         "7 days"},
        {"topic-retention", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->topic.erase("retention.ms"); },
         "retention.ms"},
        {"topic-retention", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->topic.erase("retention.bytes"); },
         "retention.bytes"},
        {"topic-cleanup", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->topic["cleanup.policy"] = "compact"; },
         "compact"},
        {"topic-cleanup", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.topic->topic["cleanup.policy"] = "compact,delete"; }, "compact"},
        {"topic-cleanup", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->topic.erase("cleanup.policy"); },
         "cleanup.policy"},
        {"topic-unclean-election", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.topic->topic["unclean.leader.election.enable"] = "true"; }, "true"},
        {"topic-unclean-election", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.topic->topic["unclean.leader.election.enable"] = "true";
             for (auto& one : input.topic->partitions)
                 one.replicas = 1;
         },
         "true"},
        {"topic-unclean-election", PreflightStatus::cannot_tell,
         [](PreflightInput& input) { input.topic->topic.erase("unclean.leader.election.enable"); }, "unclean"},
        {"topic-auto-create", PreflightStatus::warning,
         [](PreflightInput& input) { input.topic->brokers[1]["auto.create.topics.enable"] = "true"; }, "broker 1"},
        {"topic-auto-create", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->brokers.clear(); }, "auto.create"},
        {"topic-auto-create", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->brokers[2].clear(); }, "auto.create"},
        {"topic-timestamps", PreflightStatus::warning,
         [](PreflightInput& input) { input.topic->topic["message.timestamp.after.max.ms"] = "60000"; }, "1 minute"},
        {"topic-timestamps", PreflightStatus::warning,
         [](PreflightInput& input) { input.topic->topic["message.timestamp.before.max.ms"] = "60000"; }, "1 minute"},
        {"topic-timestamps", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->topic["message.timestamp.before.max.ms"] = "60000";
             input.topic->topic["message.timestamp.type"] = "LogAppendTime";
         },
         "broker's own"},
        {"topic-timestamps", PreflightStatus::cannot_tell,
         [](PreflightInput& input) { input.topic->topic.erase("message.timestamp.before.max.ms"); }, "message.timestamp.before.max.ms"},
        {"topic-timestamps", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->topic.erase("message.timestamp.before.max.ms");
             input.topic->topic.erase("message.timestamp.after.max.ms");
             input.topic->topic["message.timestamp.difference.max.ms"] = "9223372036854775807";
         },
         "any time"},
        {"topic-record-size", PreflightStatus::dangerous, [](PreflightInput& input) { input.topic->topic["max.message.bytes"] = "100"; },
         "100"},
        {"topic-record-size", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["max.message.bytes"] = "1048589"; },
         "that much memory"},
        {"topic-record-size", PreflightStatus::ok, [](PreflightInput& input) { input.topic->topic["max.message.bytes"] = "1048588"; }, ""},
        {"topic-compression", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["compression.type"] = "producer"; },
         "compression.type producer"},
        {"topic-compression", PreflightStatus::warning, [](PreflightInput& input) { input.topic->topic["compression.type"] = "gzip"; },
         "a gigabyte"},
        {"topic-compression", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->topic.erase("compression.type"); },
         "compression.type"},
        {"topic-record-size", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.topic->topic.erase("max.message.bytes"); },
         "max.message.bytes"},
        {"topic-owner", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger->leftovers->event_of_topic = "other";
             input.opening = Opening::new_round;
         },
         "other"},
        {"topic-owner", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->leftovers->event_of_topic = "other"; },
         "other"},
        {"topic-owner", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->leftovers->event_of_topic = "coupon"; },
         "event coupon"},
        {"topic-retention", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->topic.clear();
             for (auto& [id, broker] : input.topic->brokers)
                 broker["log.retention.minutes"] = "60";
         },
         "1 hour"},
        {"topic-retention", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->topic.clear();
             for (auto& [id, broker] : input.topic->brokers)
                 broker["log.retention.ms"] = "-1";
         },
         "for ever"},
        {"topic-min-insync", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->topic.clear();
             for (auto& [id, broker] : input.topic->brokers)
                 broker["min.insync.replicas"] = "1";
         },
         "min.insync.replicas 1"},
        {"topic-unclean-election", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->topic.clear();
             for (auto& [id, broker] : input.topic->brokers)
                 broker["unclean.leader.election.enable"] = "true";
         },
         "true"},
        {"topic-cleanup", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.topic->partitions.clear();
             input.topic->topic.clear();
             for (auto& [id, broker] : input.topic->brokers)
                 broker["log.cleanup.policy"] = "compact";
         },
         "delete"},
    };

    TEST_CASE("what a kafka cluster tells is judged, and what it does not tell is no pass") {
        check_planted(planted_settings);
    }

} // TEST_SUITE

} // namespace coupon
