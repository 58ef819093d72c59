#pragma once

#include "core/issue_record.hpp"
#include "topic/kafka/kafka_client.hpp"

#include <cstdint>
#include <optional>

namespace coupon {

/// The records of one assigned partition as they come from the broker, apart from those of the others: a queue of its own instead of the
/// group's. Made before the partition is assigned, or its first records come to the group's queue; ended before the client.
struct KafkaInbox {
    KafkaInbox(const KafkaClient& client, std::int32_t partition);
    KafkaInbox(const KafkaInbox&) = delete;
    KafkaInbox& operator=(const KafkaInbox&) = delete;
    ~KafkaInbox();

    /// To be called with each record of it.
    void note(const SourceRecord& record);

    KafkaQueue queue;
    KafkaQueue group;                 ///< where a poll waits
    bool is_paused = false;           ///< in the client
    std::optional<std::int64_t> next; ///< one past the record that came last, or the end that was told
    /// The client reads ahead by the number of records: where they are large, a partition that is held is paused in the client as well.
    bool has_large_records = false;
};

} // namespace coupon
