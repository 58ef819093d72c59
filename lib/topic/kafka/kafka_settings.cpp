#include "topic/kafka/kafka_settings.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"
#include "topic/kafka/kafka_order.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace coupon {

namespace {

constexpr std::size_t longest_value = 1000;

/// A value that is null has no entry: it is not set.
SettingValues values_of(const rd_kafka_ConfigResource_t* resource) {
    SettingValues values;
    std::size_t count = 0;
    const auto* const* entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(entries[i]);
        if (value != nullptr) values.emplace(escape(rd_kafka_ConfigEntry_name(entries[i])), escape(value, longest_value));
    }
    return values;
}

/// The settings of the broker, and of the topic where it is asked for: a broker's settings come from itself alone.
Status describe(KafkaClient& client, std::int32_t broker, bool with_topic, TopicSettings& settings, Deadline deadline) {
    const auto id = std::to_string(broker);
    const KafkaConfigResource of_broker(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, id.c_str()));
    const KafkaConfigResource of_topic(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, client.options().topic.c_str()));
    const auto event = order(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "ask for the settings of broker " + id, deadline,
                             [&](const auto* how, auto* queue) {
                                 std::array<rd_kafka_ConfigResource_t*, 2> resources{of_broker.get(), of_topic.get()};
                                 rd_kafka_DescribeConfigs(client.get(), resources.data(), with_topic ? 2 : 1, how, queue);
                             });
    if (!event) return event.fault();
    std::size_t count = 0;
    const auto* const* answers = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        // The event says Success while a resource carries an error of its own.
        if (const auto error = rd_kafka_ConfigResource_error(answers[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            settings.untold = fault_of(error, "ask for the settings of broker " + id + " and the topic", client.options()).message;
        } else if (rd_kafka_ConfigResource_type(answers[i]) == RD_KAFKA_RESOURCE_BROKER) {
            settings.brokers[broker] = values_of(answers[i]);
        } else {
            settings.topic = values_of(answers[i]);
        }
    }
    return Done{};
}

std::string unreached_text(const std::string& address, const KafkaClient& client) {
    const auto& why = client.watch().trouble();
    return escape(address) + " (" + (why.empty() ? "no answer in time" : escape(why)) + ")";
}

} // namespace

Result<TopicSettings> read_topic_settings(KafkaClient& client, Deadline deadline) {
    TopicSettings settings;
    settings.address = client.options().brokers;
    const auto shape = client.ask_topic(deadline);
    if (!shape && shape.fault().kind != FaultKind::missing) return shape.fault();
    if (shape) settings.partitions = shape->details;
    const auto brokers = client.ask_brokers(deadline);
    if (!brokers) return brokers.fault();
    bool with_topic = settings.exists();
    for (std::size_t i = 0; i < brokers->size(); ++i) {
        const auto broker = (*brokers)[i];
        // One that cannot be reached leaves the others their share of the time.
        const auto now = std::chrono::steady_clock::now();
        const auto share = std::max<Deadline::duration>(deadline - now, {}) / static_cast<int>(brokers->size() - i + 1);
        auto done = describe(client, broker, with_topic, settings, now + share);
        if (done) with_topic = false;
        if (done) continue;
        if (const auto unreached = client.watch().unreached(); unreached.contains(broker)) {
            settings.unreached[broker] = unreached_text(unreached.at(broker), client);
            continue;
        }
        if (done.fault().kind == FaultKind::unreachable) return done.fault();
        // An account that may not describe a whole cluster can still work.
        settings.untold = done.fault().message;
        with_topic = false;
    }
    return settings;
}

} // namespace coupon
