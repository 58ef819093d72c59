#include "topic/kafka/kafka_topic_admin.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"
#include "topic/kafka/kafka_order.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace coupon {

namespace {

constexpr TopicRight right_to_create{"Create", TopicRight::Resource::topic};
constexpr TopicRight right_to_delete{"Delete", TopicRight::Resource::topic};

/// The largest batch of records that the topic takes, in bytes: 64 KiB. A record of ours takes less than 1 KiB and a batch of our publisher
/// 48 KiB (kafka_config.cpp). A failed event keeps as much of a record, and a worker reads as much at once without notice.
constexpr const char* largest_batch = "65536";

} // namespace

Result<bool> KafkaTopicAdmin::exists(Deadline deadline) {
    const auto shape = client_->ask_topic(deadline, NewTopic::asked_once);
    if (shape) return true;
    if (shape.fault().kind == FaultKind::missing) return false;
    return shape.fault();
}

Status KafkaTopicAdmin::create(int partitions, Deadline deadline) {
    const auto there = exists(deadline);
    if (!there) return there.fault();
    if (!*there) {
        if (auto done = create_topic(partitions, deadline); !done) return done;
    }
    client_->options().was_made->store(true);
    return wait_for_leaders(deadline);
}

Status KafkaTopicAdmin::create_topic(int partitions, Deadline deadline) {
    const auto& options = client_->options();
    const auto what = "create topic " + escape(options.topic) + " with " + std::to_string(partitions) + " partitions";
    std::array<char, 512> text{};
    // The replication factor -1 is the broker's default.
    const KafkaNewTopic topic(rd_kafka_NewTopic_new(options.topic.c_str(), partitions, -1, text.data(), text.size()));
    if (topic == nullptr) return Fault{FaultKind::usage, "cannot " + what + " (" + escape(text.data()) + ")", ""};
    // Said explicitly: on a compacted topic a purge would be refused, and records of one user would vanish.
    rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
    // The limit on its size counts the bytes as they are stored: compressed, 20 MB of zeros would pass as 20 kB.
    rd_kafka_NewTopic_set_config(topic.get(), "compression.type", "uncompressed");
    rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes", largest_batch);
    const auto event = order(*client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, what, deadline, [&](const auto* settings, auto* queue) {
        auto* one = topic.get();
        rd_kafka_CreateTopics(client_->get(), &one, 1, settings, queue);
    });
    if (!event) return event.fault();
    const auto* result = rd_kafka_event_CreateTopics_result(event->get());
    assert(result != nullptr);
    // The event may say Success while the topic failed.
    std::size_t count = 0;
    const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(topics[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        auto fault = fault_of(error, what, right_to_create, options);
        if (const char* why = rd_kafka_topic_result_error_string(topics[i]); why != nullptr && fault.hint.empty()) fault.hint = escape(why);
        return fault;
    }
    return Done{};
}

Status KafkaTopicAdmin::wait_for_leaders(Deadline deadline) {
    const auto shape = client_->ask_led_topic(deadline);
    if (!shape) return shape.fault();
    return Done{};
}

Status KafkaTopicAdmin::purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline deadline) {
    const auto& options = client_->options();
    const auto what = "purge topic " + escape(options.topic);
    // A missing topic would be reported partition by partition, in other words.
    const auto shape = client_->ask_led_topic(deadline);
    if (!shape) return shape.fault();
    const KafkaPartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(up_to.size())));
    for (const auto& [partition, offset] : up_to) {
        if (offset > 0) rd_kafka_topic_partition_list_add(offsets.get(), options.topic.c_str(), partition)->offset = offset;
    }
    if (offsets->cnt == 0) return Done{};

    const KafkaDeleteRecords request(rd_kafka_DeleteRecords_new(offsets.get()));
    const auto event = order(*client_, RD_KAFKA_ADMIN_OP_DELETERECORDS, what, deadline, [&](const auto* settings, auto* queue) {
        auto* one = request.get();
        rd_kafka_DeleteRecords(client_->get(), &one, 1, settings, queue);
    });
    if (!event) return event.fault();
    const auto* result = rd_kafka_event_DeleteRecords_result(event->get());
    assert(result != nullptr);
    // The event says Success while partitions carry errors of their own.
    const auto* done = rd_kafka_DeleteRecords_result_offsets(result);
    for (int i = 0; i < done->cnt; ++i) {
        const auto& partition = done->elems[i];
        if (partition.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        return fault_of(partition.err, what + ", partition " + std::to_string(partition.partition), right_to_delete, options);
    }
    return Done{};
}

Result<std::unique_ptr<TopicAdmin>> open_kafka_topic_admin(const KafkaOptions& options) {
    auto client = KafkaClient::open(options, KafkaRole::admin);
    if (!client) return client.fault();
    return std::unique_ptr<TopicAdmin>(std::make_unique<KafkaTopicAdmin>(std::move(*client)));
}

} // namespace coupon
