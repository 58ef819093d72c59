#pragma once

#include "topic/kafka/kafka_handle.hpp"
#include "topic/kafka/kafka_topic.hpp"

/// Private to this room.
namespace coupon {

/// What a client is for; it decides which of librdkafka's defaults hurt.
enum class KafkaRole {
    publisher, ///< an idempotent producer
    member,    ///< a consumer in the group
    reader,    ///< a consumer that only assigns; it knows the group's name to ask for its offsets
    admin,     ///< a client that asks and orders
};

/// The configuration of a client of that role. Fault: usage, naming the property.
[[nodiscard]] Result<KafkaConf> make_conf(const KafkaOptions& options, KafkaRole role);

} // namespace coupon
