#include "topic/kafka/kafka_inbox.hpp"

#include "core/kept_record.hpp"

namespace coupon {

namespace {

constexpr std::size_t large_record = 4096; ///< bytes

} // namespace

KafkaInbox::KafkaInbox(const KafkaClient& client, std::int32_t partition)
    : queue(rd_kafka_queue_get_partition(client.get(), client.options().topic.c_str(), partition)),
      group(rd_kafka_queue_get_consumer(client.get())) {
    rd_kafka_queue_forward(queue.get(), nullptr);
    // A poll waits at the group's queue: the first record that comes to an empty inbox ends its wait.
    rd_kafka_queue_cb_event_enable(
        queue.get(), [](rd_kafka_t*, void* waiting) { rd_kafka_queue_yield(static_cast<rd_kafka_queue_t*>(waiting)); }, group.get());
}

KafkaInbox::~KafkaInbox() {
    // The client keeps the partition's own queue.
    rd_kafka_queue_cb_event_enable(queue.get(), nullptr, nullptr);
}

void KafkaInbox::note(const SourceRecord& record) {
    next = record.at.offset + 1;
    has_large_records = held_bytes(record.raw) > large_record;
}

} // namespace coupon
