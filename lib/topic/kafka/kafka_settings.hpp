#pragma once

#include "core/server_settings.hpp"
#include "topic/kafka/kafka_client.hpp"

/// Private to this room.
namespace coupon {

/// Asks for everything a preflight judges of cluster and topic: Metadata twice, and DescribeConfigs once per broker. Settings that this
/// user may not see are left out, which is no fault. Faults: unreachable, denied (the topic itself).
[[nodiscard]] Result<TopicSettings> read_topic_settings(KafkaClient& client, Deadline deadline);

} // namespace coupon
