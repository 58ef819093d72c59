#include "preflight/preflight_topic.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace coupon {

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

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

std::string broker_name(const std::string& name) {
    if (name == "retention.ms") return "log.retention.ms";
    for (const auto& [of_topic, of_broker] : broker_names) {
        if (name == of_topic) return of_broker;
    }
    return name;
}

} // namespace

const std::string* topic_setting(const PreflightInput& input, std::string_view name) {
    if (input.topic->exists()) return value_of(input.topic->topic, name);
    for (const auto& [of_topic, of_broker] : broker_names) {
        if (name == of_topic && !input.topic->brokers.empty()) return value_of(input.topic->brokers.begin()->second, of_broker);
    }
    return nullptr;
}

std::optional<std::int64_t> topic_number(const PreflightInput& input, std::string_view name) {
    const auto* text = topic_setting(input, name);
    return text == nullptr ? std::nullopt : number_of({{"", *text}}, "");
}

std::optional<std::int64_t> topic_retention(const PreflightInput& input) {
    if (input.topic->exists()) return number_of(input.topic->topic, "retention.ms");
    if (input.topic->brokers.empty()) return std::nullopt;
    // A broker has three settings for it, the finest wins.
    const auto& broker = input.topic->brokers.begin()->second;
    for (const auto& [name, unit] : {std::pair{"log.retention.ms", std::int64_t{1}}, std::pair{"log.retention.minutes", minute_ms},
                                     std::pair{"log.retention.hours", hour_ms}}) {
        const auto value = number_of(broker, name);
        if (value) return *value < 0 ? -1 : *value * unit;
    }
    return std::nullopt;
}

std::string alter_topic(const PreflightInput& input, const std::map<std::string, std::string>& values) {
    const bool exists = input.topic->exists();
    std::string list;
    for (const auto& [name, value] : values)
        list += (list.empty() ? "" : ",") + (exists ? name : broker_name(name)) + "=" + value;
    return "kafka-configs.sh --bootstrap-server " + input.topic->address + " --alter " +
           (exists ? "--entity-type topics --entity-name " + input.topic_name : "--entity-type brokers --entity-default") +
           " --add-config " + list;
}

Judgement topic_not_told(const PreflightInput& input, const std::string& name, SettingOf owner) {
    const bool is_of_topic = owner == SettingOf::topic && input.topic->exists();
    return untold("kafka", name, input.topic->untold,
                  "permit it: kafka-acls.sh --bootstrap-server " + input.topic->address +
                      " --add --allow-principal User:<account> --operation DescribeConfigs " +
                      (is_of_topic ? "--topic " + input.topic_name : "--cluster"));
}

} // namespace coupon
