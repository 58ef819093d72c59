#include "preflight/preflight_topic.hpp"

#include "core/wording.hpp"

#include <algorithm>

namespace coupon {

namespace {

const TopicSettings& settings(const PreflightInput& input) {
    return *input.topic;
}

std::int64_t replicas(const PreflightInput& input) {
    const auto& partitions = settings(input).partitions;
    if (partitions.empty()) {
        const auto& brokers = settings(input).brokers;
        return brokers.empty() ? 0 : number_of(brokers.begin()->second, "default.replication.factor").value_or(0);
    }
    const auto fewer = [](const auto& one, const auto& other) { return one.replicas < other.replicas; };
    return static_cast<std::int64_t>(std::min_element(partitions.begin(), partitions.end(), fewer)->replicas);
}

Judgement judge_existence(const PreflightInput& input) {
    if (settings(input).exists()) return fine(input.topic_name + ", " + counted(settings(input).partitions.size(), "partition"));
    const auto* row = input.highest();
    const bool has_open_round = row != nullptr && row->state == RoundState::open && row->topic == input.topic_name;
    if (input.opening == Opening::new_round && !has_open_round)
        return fine(input.topic_name + " does not exist yet, this reset creates it");
    if (has_open_round) {
        return not_open(input,
                        input.topic_name + " is gone although round " + row->round.text() +
                            " is open; what is said of it below is what the broker would give it",
                        "coupon-reset --reopen --yes --event " + input.event +
                            " makes it again, and a running coupon-consume publishes the claims again");
    }
    return not_open(input, input.topic_name + " does not exist; what is said of it below is what the broker would give it",
                    "check --topic; or coupon-reset --event " + input.event + " --yes" + names_to_open_with(input) + " creates it");
}

Judgement judge_leaders(const PreflightInput& input) {
    std::vector<std::string> leaderless;
    for (const auto& partition : settings(input).partitions) {
        if (!partition.leader) leaderless.push_back(std::to_string(partition.id));
    }
    if (!leaderless.empty())
        return dangerous("partition " + joined(leaderless, ", ") + " has no leader: nothing can be published there",
                         "start the brokers that are down");
    return fine("every partition has a leader");
}

std::string in_sync_text(const PartitionShape& partition) {
    return "partition " + std::to_string(partition.id) + " has " + std::to_string(partition.in_sync) + " of " +
           counted(partition.replicas, "replica") + " in sync";
}

/// From Kafka 3.7 on a write needs as many replicas in sync as min.insync.replicas says, or all of them where there are fewer
/// (KAFKA-15583, https://cwiki.apache.org/confluence/display/KAFKA/KIP-966).
Judgement judge_in_sync(const PreflightInput& input) {
    const auto least = topic_number(input, "min.insync.replicas");
    std::vector<std::string> behind;
    std::vector<std::string> refusing;
    for (const auto& partition : settings(input).partitions) {
        if (partition.in_sync >= partition.replicas) continue;
        behind.push_back(in_sync_text(partition));
        if (least &&
            partition.in_sync < std::min<std::size_t>(static_cast<std::size_t>(std::max<std::int64_t>(*least, 0)), partition.replicas))
            refusing.push_back(in_sync_text(partition));
    }
    const auto* const fix = "start the brokers that are down, or wait until they have caught up";
    if (!refusing.empty())
        return dangerous(joined(refusing, ", ") + ", min.insync.replicas is " + std::to_string(*least) + ": nothing can be published there",
                         fix);
    if (!behind.empty() && !least) return topic_not_told(input, "min.insync.replicas");
    if (!behind.empty()) return warning(joined(behind, ", "), fix);
    return fine("all in sync");
}

Judgement judge_replication(const PreflightInput& input) {
    const auto count = replicas(input);
    if (count < 1) return topic_not_told(input, "default.replication.factor", SettingOf::broker);
    const auto found = counted(static_cast<std::size_t>(count), "replica");
    if (count >= 3) return fine(found);
    return warning(found + ": the records are lost with " + (count == 1 ? "that broker's disk" : "two brokers"),
                   "three brokers, and kafka-reassign-partitions.sh");
}

Judgement judge_min_insync(const PreflightInput& input) {
    const auto least = topic_number(input, "min.insync.replicas");
    if (!least) return topic_not_told(input, "min.insync.replicas");
    const auto found = "min.insync.replicas " + std::to_string(*least);
    const auto fix = alter_topic(input, {{"min.insync.replicas", replicas(input) > 1 ? "2" : "1"}});
    if (replicas(input) > 0 && *least > replicas(input)) {
        return warning(found + " of " + counted(static_cast<std::size_t>(replicas(input)), "replica") +
                           ": every record needs all replicas, and before Kafka 3.7 nothing can be published",
                       fix);
    }
    if (*least < 2)
        return warning(found + ": a record may be acknowledged by one broker alone",
                       replicas(input) > 1 ? fix : "with three replicas: " + alter_topic(input, {{"min.insync.replicas", "2"}}));
    return fine(found);
}

Judgement judge_unclean_election(const PreflightInput& input) {
    const auto* text = topic_setting(input, "unclean.leader.election.enable");
    const auto on = text == nullptr ? std::nullopt : truth_of({{"", *text}}, "");
    if (!on) return topic_not_told(input, "unclean.leader.election.enable");
    if (!*on) return fine("unclean.leader.election.enable false");
    const auto fix = alter_topic(input, {{"unclean.leader.election.enable", "false"}});
    const std::string found = "unclean.leader.election.enable true";
    if (replicas(input) == 1) return warning(found + ", which one replica cannot make use of", fix);
    return dangerous(found + ": a replica that lacks acknowledged records may become the leader", fix);
}

Judgement judge_auto_create(const PreflightInput& input) {
    std::vector<std::string> on;
    for (const auto& [id, values] : settings(input).brokers) {
        const auto value = truth_of(values, "auto.create.topics.enable");
        if (!value) return topic_not_told(input, "auto.create.topics.enable", SettingOf::broker);
        if (*value) on.push_back(std::to_string(id));
    }
    if (settings(input).brokers.empty()) return topic_not_told(input, "auto.create.topics.enable", SettingOf::broker);
    if (on.empty()) return fine("auto.create.topics.enable false");
    return warning("auto.create.topics.enable true on broker " + joined(on, ", ") + ": a mistyped topic comes to be instead of an error",
                   "the line \"auto.create.topics.enable=false\" in server.properties of broker " + joined(on, ", ") + ", and a restart");
}

constexpr PreflightCheck checks[] = {
    {"topic-exists", "the topic is there", judge_existence},
    {"topic-leaders", "a leader of every partition", judge_leaders},
    {"topic-replicas", "all replicas in sync, never fewer than min.insync.replicas", judge_in_sync},
    {"topic-replication", "3 replicas", judge_replication},
    {"topic-min-insync", "min.insync.replicas 2 of 3", judge_min_insync},
    {"topic-retention", "longer than the event and its workers take", judge_retention},
    {"topic-cleanup", "cleanup.policy delete", judge_cleanup},
    {"topic-unclean-election", "unclean.leader.election.enable false", judge_unclean_election},
    {"topic-auto-create", "auto.create.topics.enable false", judge_auto_create},
    {"topic-timestamps", "at least 10 minutes before and after", judge_timestamps},
    {"topic-record-size", "max.message.bytes from 51200 to 1048588", judge_size},
    {"topic-compression", "compression.type uncompressed", judge_compression},
};

} // namespace

std::span<const PreflightCheck> topic_checks() {
    return checks;
}

} // namespace coupon
