#include "preflight/preflight_topic.hpp"

#include <algorithm>
#include <string>

namespace coupon {

namespace {

/// What one record takes on the topic at most, with its headers and the batch it comes in alone.
constexpr std::int64_t bytes_of_a_record = 512;
/// What a publisher sends at once at most (48 KiB, topic/kafka/kafka_config.cpp, and its frame), which the broker takes whole or not at
/// all.
constexpr std::int64_t bytes_of_a_batch = 50 * 1024;
/// The broker's own default.
constexpr std::int64_t largest_sane_record = 1'048'588;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
/// A redrive may publish a claim that long after the clocks of client and broker had agreed.
constexpr std::int64_t least_timestamp_room_ms = 600'000;

/// How long a record may have to wait for a worker: from the first one, which is not written before the event opens, until the event is
/// over, or a day where its end is not known.
std::int64_t needed_ms(const PreflightInput& input) {
    if (!input.window.closes_at) return day_ms;
    const auto first = std::max(input.now, input.window.opens_at.value_or(input.now));
    return std::max<std::int64_t>((*input.window.closes_at - first).count(), 0) + hour_ms;
}

/// Keeps records for the event, an hour for its workers and a day to spare, and never shorter than Kafka does by itself.
std::string keep_longer(const PreflightInput& input) {
    constexpr std::int64_t usual_ms = 7 * day_ms;
    const auto days = (needed_ms(input) + 2 * day_ms - 1) / day_ms;
    return alter_topic(input, {{"retention.ms", std::to_string(std::max(usual_ms, days * day_ms))}});
}

/// Widens each of the settings that are too narrow. Up to Kafka 3.5 there is one for both ways.
std::string widen_timestamps(const PreflightInput& input) {
    std::map<std::string, std::string> values;
    for (const char* name : {"message.timestamp.before.max.ms", "message.timestamp.after.max.ms"}) {
        const auto* const told = topic_setting(input, name) == nullptr ? "message.timestamp.difference.max.ms" : name;
        const auto room = topic_number(input, told);
        if (room && *room < least_timestamp_room_ms) values[told] = std::to_string(hour_ms);
    }
    return alter_topic(input, values);
}

} // namespace

Judgement judge_retention(const PreflightInput& input) {
    const auto keeps = topic_retention(input);
    if (!keeps) return topic_not_told(input, "retention.ms");
    const auto bytes = topic_number(input, "retention.bytes");
    if (!bytes) return topic_not_told(input, "retention.bytes");
    const auto found = *keeps < 0 ? std::string("kept for ever") : "kept for " + time_text(*keeps);
    if (*keeps >= 0 && *keeps < needed_ms(input)) {
        return dangerous(found + ", the event with an hour for its workers takes longer: a record may be gone before it was issued",
                         keep_longer(input));
    }
    // All records may lie in one partition.
    const auto room = input.limit.value() * bytes_of_a_record;
    if (*bytes >= 0 && *bytes < room) {
        return dangerous(found + ", but only the last " + bytes_text(*bytes) + " of a partition, " + input.limit.text() +
                             " coupons may need " + bytes_text(room),
                         alter_topic(input, {{"retention.bytes", "-1"}}));
    }
    if (*keeps >= 0 && *keeps < needed_ms(input) + day_ms)
        return warning(found + ": a worker that stands still for a day loses records", keep_longer(input));
    return fine(found);
}

Judgement judge_cleanup(const PreflightInput& input) {
    if (!input.topic->exists()) return fine("coupon-reset creates it with cleanup.policy delete");
    const auto* policy = topic_setting(input, "cleanup.policy");
    if (policy == nullptr) return topic_not_told(input, "cleanup.policy");
    if (policy->find("compact") == std::string::npos) return fine("cleanup.policy " + *policy);
    return dangerous("cleanup.policy " + *policy + ": of the records of one user only the last is kept, issued or not",
                     alter_topic(input, {{"cleanup.policy", "delete"}}));
}

Judgement judge_timestamps(const PreflightInput& input) {
    if (const auto* type = topic_setting(input, "message.timestamp.type"); type != nullptr && *type == "LogAppendTime")
        return fine("the broker's own time");
    const auto before = topic_number(input, "message.timestamp.before.max.ms");
    const auto after = topic_number(input, "message.timestamp.after.max.ms");
    const auto either = topic_number(input, "message.timestamp.difference.max.ms"); // up to Kafka 3.5
    if (!either && (!before || !after)) return topic_not_told(input, "message.timestamp.before.max.ms");
    const auto least = std::min(before.value_or(either.value_or(0)), after.value_or(either.value_or(0)));
    const auto found = "a record may be " + time_text(std::min<std::int64_t>(least, 3'650 * day_ms)) + " old or early";
    if (least >= least_timestamp_room_ms) return fine(least > 3'650 * day_ms ? "a record may have any time" : found);
    return warning(found + ": clocks that are further apart make the broker refuse records", widen_timestamps(input));
}

Judgement judge_size(const PreflightInput& input) {
    if (!input.topic->exists()) return fine("coupon-reset creates it with max.message.bytes 65536");
    const auto most = topic_number(input, "max.message.bytes");
    if (!most) return topic_not_told(input, "max.message.bytes");
    const auto found = "max.message.bytes " + std::to_string(*most);
    const auto fix = alter_topic(input, {{"max.message.bytes", "65536"}});
    if (*most < bytes_of_a_batch) return dangerous(found + ": a batch of records may not fit", fix);
    if (*most > largest_sane_record)
        return warning(found + ": one record may take that much memory of each worker; ours take less than 1 KiB", fix);
    return fine(found);
}

Judgement judge_compression(const PreflightInput& input) {
    if (!input.topic->exists()) return fine("coupon-reset creates it with compression.type uncompressed");
    const auto* type = topic_setting(input, "compression.type");
    if (type == nullptr) return topic_not_told(input, "compression.type");
    if (*type == "uncompressed") return fine("compression.type uncompressed");
    return warning("compression.type " + *type + ": a record that takes kilobytes on the topic may take a gigabyte of a worker's memory",
                   alter_topic(input, {{"compression.type", "uncompressed"}}));
}

} // namespace coupon
