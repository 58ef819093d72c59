#pragma once

#include "topic/kafka/kafka_client.hpp"

#include <functional>
#include <string>

/// Private to this room.
namespace coupon {

/// Sends one administrative request and waits for its event, at the most until the deadline. `what` is the thing tried. Faults:
/// unreachable, denied, and what the broker's error means.
[[nodiscard]] Result<KafkaEvent> order(KafkaClient& client, rd_kafka_admin_op_t kind, const std::string& what, Deadline deadline,
                                       const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send);

} // namespace coupon
