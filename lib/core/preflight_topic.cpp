#include "core/preflight_checks.hpp"

#include "core/checking.hpp"
#include "core/topic_binding.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace coupon {

namespace {

/// What one record takes on the topic at most, with its headers and the batch it comes in alone.
constexpr std::int64_t bytes_of_a_record = 512;
/// What a publisher sends at once at most (48 KiB, topic/kafka_config.cpp, and its frame), which the broker takes whole or not at all.
constexpr std::int64_t bytes_of_a_batch = 50 * 1024;
/// The broker's own default.
constexpr std::int64_t largest_sane_record = 1'048'588;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
/// A redrive may publish a claim that long after the clocks of client and broker had agreed.
constexpr std::int64_t least_timestamp_room_ms = 600'000;

/// What a topic that does not exist yet would get from the broker: https://kafka.apache.org/documentation/#topicconfigs
constexpr std::array broker_names{
    std::pair{"retention.bytes", "log.retention.bytes"},
    std::pair{"min.insync.replicas", "min.insync.replicas"},
    std::pair{"unclean.leader.election.enable", "unclean.leader.election.enable"},
    std::pair{"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    std::pair{"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    std::pair{"message.timestamp.difference.max.ms", "log.message.timestamp.difference.max.ms"},
    std::pair{"message.timestamp.type", "log.message.timestamp.type"},
    std::pair{"max.message.bytes", "message.max.bytes"},
    std::pair{"compression.type", "compression.type"},
};

const TopicSettings& settings(const PreflightInput& input) {
    return *input.topic;
}

const std::string* setting(const PreflightInput& input, std::string_view name) {
    if (settings(input).exists()) return value_of(settings(input).topic, name);
    for (const auto& [of_topic, of_broker] : broker_names) {
        if (name == of_topic && !settings(input).brokers.empty()) return value_of(settings(input).brokers.begin()->second, of_broker);
    }
    return nullptr;
}

std::optional<std::int64_t> number(const PreflightInput& input, std::string_view name) {
    const auto* text = setting(input, name);
    return text == nullptr ? std::nullopt : number_of({{"", *text}}, "");
}

/// How long the broker keeps a record, in milliseconds, -1 for ever. A broker has three settings for it, the finest wins.
std::optional<std::int64_t> retention(const PreflightInput& input) {
    if (settings(input).exists()) return number_of(settings(input).topic, "retention.ms");
    if (settings(input).brokers.empty()) return std::nullopt;
    const auto& broker = settings(input).brokers.begin()->second;
    for (const auto& [name, unit] : {std::pair{"log.retention.ms", std::int64_t{1}},
                                     std::pair{"log.retention.minutes", std::int64_t{60'000}}, std::pair{"log.retention.hours", hour_ms}}) {
        const auto value = number_of(broker, name);
        if (value) return *value < 0 ? -1 : *value * unit;
    }
    return std::nullopt;
}

std::string command(const PreflightInput& input, const std::string& name, const std::string& value) {
    return "kafka-configs.sh --bootstrap-server " + settings(input).address + " --alter --entity-type topics --entity-name " +
           input.topic_name + " --add-config " + name + "=" + value;
}

Judgement not_told(const PreflightInput& input, const std::string& name) {
    return untold("kafka", name, settings(input).untold,
                  "permit it: kafka-acls.sh --bootstrap-server " + settings(input).address +
                      " --add --allow-principal User:<account> --operation DescribeConfigs --topic " + input.topic_name);
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
                        missing_topic_hint(true));
    }
    return not_open(input, input.topic_name + " does not exist; what is said of it below is what the broker would give it",
                    "check --topic; coupon-reset creates a topic");
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
    const auto least = number(input, "min.insync.replicas");
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
    if (!behind.empty() && !least) return not_told(input, "min.insync.replicas");
    if (!behind.empty()) return warning(joined(behind, ", "), fix);
    return fine("all in sync");
}

Judgement judge_replication(const PreflightInput& input) {
    const auto count = replicas(input);
    if (count < 1) return not_told(input, "default.replication.factor");
    const auto found = counted(static_cast<std::size_t>(count), "replica");
    if (count >= 3) return fine(found);
    return warning(found + ": the records are lost with " + (count == 1 ? "that broker's disk" : "two brokers"),
                   "three brokers, and kafka-reassign-partitions.sh");
}

Judgement judge_min_insync(const PreflightInput& input) {
    const auto least = number(input, "min.insync.replicas");
    if (!least) return not_told(input, "min.insync.replicas");
    const auto found = "min.insync.replicas " + std::to_string(*least);
    const auto fix = command(input, "min.insync.replicas", replicas(input) > 1 ? "2" : "1");
    if (replicas(input) > 0 && *least > replicas(input)) {
        return warning(found + " of " + counted(static_cast<std::size_t>(replicas(input)), "replica") +
                           ": every record needs all replicas, and before Kafka 3.7 nothing can be published",
                       fix);
    }
    if (*least < 2)
        return warning(found + ": a record may be acknowledged by one broker alone",
                       replicas(input) > 1 ? fix : "with three replicas: " + command(input, "min.insync.replicas", "2"));
    return fine(found);
}

/// How long a record may have to wait for a worker: from the first one, which is not written before the event opens, until the event is
/// over, or a day where its end is not known.
std::int64_t needed_ms(const PreflightInput& input) {
    if (!input.window.closes_at) return day_ms;
    const auto first = std::max(input.now, input.window.opens_at.value_or(input.now));
    return std::max<std::int64_t>((*input.window.closes_at - first).count(), 0) + hour_ms;
}

Judgement judge_retention(const PreflightInput& input) {
    const auto keeps = retention(input);
    if (!keeps) return not_told(input, "retention.ms");
    const auto bytes = number(input, "retention.bytes");
    if (!bytes) return not_told(input, "retention.bytes");
    const auto found = *keeps < 0 ? std::string("kept for ever") : "kept for " + time_text(*keeps);
    if (*keeps >= 0 && *keeps < needed_ms(input)) {
        return dangerous(found + ", the event with an hour for its workers takes longer: a record may be gone before it was issued",
                         command(input, "retention.ms", "604800000"));
    }
    // All records may lie in one partition.
    const auto room = input.limit.value() * bytes_of_a_record;
    if (*bytes >= 0 && *bytes < room) {
        return dangerous(found + ", but only the last " + bytes_text(*bytes) + " of a partition, " + input.limit.text() +
                             " coupons may need " + bytes_text(room),
                         command(input, "retention.bytes", "-1"));
    }
    if (*keeps >= 0 && *keeps < needed_ms(input) + day_ms)
        return warning(found + ": a worker that stands still for a day loses records", command(input, "retention.ms", "604800000"));
    return fine(found);
}

Judgement judge_cleanup(const PreflightInput& input) {
    if (!settings(input).exists()) return fine("coupon-reset creates it with cleanup.policy delete");
    const auto* policy = setting(input, "cleanup.policy");
    if (policy == nullptr) return not_told(input, "cleanup.policy");
    if (policy->find("compact") == std::string::npos) return fine("cleanup.policy " + *policy);
    return dangerous("cleanup.policy " + *policy + ": of the records of one user only the last is kept, issued or not",
                     command(input, "cleanup.policy", "delete"));
}

Judgement judge_unclean_election(const PreflightInput& input) {
    const auto* text = setting(input, "unclean.leader.election.enable");
    const auto on = text == nullptr ? std::nullopt : truth_of({{"", *text}}, "");
    if (!on) return not_told(input, "unclean.leader.election.enable");
    if (!*on) return fine("unclean.leader.election.enable false");
    const auto fix = command(input, "unclean.leader.election.enable", "false");
    const std::string found = "unclean.leader.election.enable true";
    if (replicas(input) == 1) return warning(found + ", which one replica cannot make use of", fix);
    return dangerous(found + ": a replica that lacks acknowledged records may become the leader", fix);
}

Judgement judge_auto_create(const PreflightInput& input) {
    std::vector<std::string> on;
    for (const auto& [id, values] : settings(input).brokers) {
        const auto value = truth_of(values, "auto.create.topics.enable");
        if (!value) return not_told(input, "auto.create.topics.enable");
        if (*value) on.push_back(std::to_string(id));
    }
    if (settings(input).brokers.empty()) return not_told(input, "auto.create.topics.enable");
    if (on.empty()) return fine("auto.create.topics.enable false");
    return warning("auto.create.topics.enable true on broker " + joined(on, ", ") + ": a mistyped topic comes to be instead of an error",
                   "auto.create.topics.enable=false in server.properties");
}

Judgement judge_timestamps(const PreflightInput& input) {
    if (const auto* type = setting(input, "message.timestamp.type"); type != nullptr && *type == "LogAppendTime")
        return fine("the broker's own time");
    const auto before = number(input, "message.timestamp.before.max.ms");
    const auto after = number(input, "message.timestamp.after.max.ms");
    const auto either = number(input, "message.timestamp.difference.max.ms"); // up to Kafka 3.5
    if (!either && (!before || !after)) return not_told(input, "message.timestamp.before.max.ms");
    const auto least = std::min(before.value_or(either.value_or(0)), after.value_or(either.value_or(0)));
    const auto found = "a record may be " + time_text(std::min<std::int64_t>(least, 3'650 * day_ms)) + " old or early";
    if (least >= least_timestamp_room_ms) return fine(least > 3'650 * day_ms ? "a record may have any time" : found);
    return warning(found + ": clocks that are further apart make the broker refuse records",
                   command(input, "message.timestamp.after.max.ms", "3600000"));
}

Judgement judge_size(const PreflightInput& input) {
    if (!settings(input).exists()) return fine("coupon-reset creates it with max.message.bytes 65536");
    const auto most = number(input, "max.message.bytes");
    if (!most) return not_told(input, "max.message.bytes");
    const auto found = "max.message.bytes " + std::to_string(*most);
    const auto fix = command(input, "max.message.bytes", "65536");
    if (*most < bytes_of_a_batch) return dangerous(found + ": a batch of records may not fit", fix);
    if (*most > largest_sane_record)
        return warning(found + ": one record may take that much memory of each worker; ours take less than 1 KiB", fix);
    return fine(found);
}

Judgement judge_compression(const PreflightInput& input) {
    if (!settings(input).exists()) return fine("coupon-reset creates it with compression.type uncompressed");
    const auto* type = setting(input, "compression.type");
    if (type == nullptr) return not_told(input, "compression.type");
    if (*type == "uncompressed") return fine("compression.type uncompressed");
    return warning("compression.type " + *type + ": a record that takes kilobytes on the topic may take a gigabyte of a worker's memory",
                   command(input, "compression.type", "uncompressed"));
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
