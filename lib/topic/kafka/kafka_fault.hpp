#pragma once

#include "core/result.hpp"
#include "topic/kafka/kafka_topic.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What librdkafka's error codes mean to the suite. Private to this room.
namespace coupon {

/// The login or a permission was refused; asking again will not help.
[[nodiscard]] bool is_denial(rd_kafka_resp_err_t error);
/// The topic does not exist, as far as the broker that answered knows.
[[nodiscard]] bool is_missing(rd_kafka_resp_err_t error);
/// A right is missing, where the login itself was accepted.
[[nodiscard]] bool is_missing_right(rd_kafka_resp_err_t error);
/// May be over in a moment: no connection, no leader, a coordinator that moves or loads.
[[nodiscard]] bool is_passing(rd_kafka_resp_err_t error);

/// The fault of a call that certainly had no effect. `what` was tried ("read the topic coupon_create").
[[nodiscard]] Fault fault_of(rd_kafka_resp_err_t error, const std::string& what, const KafkaOptions& options);
/// What librdkafka says of a connection that failed, without the address, which the message has, and without its own bookkeeping.
[[nodiscard]] std::string plain_reason(std::string_view why);
/// The fault of a call that was not answered in time; `why` is what is known of the reason, as librdkafka put it, possibly nothing.
[[nodiscard]] Fault unreachable_fault(const std::string& why, const KafkaOptions& options);
/// The same where brokers answer, but not this one at the address that it advertises.
[[nodiscard]] Fault unreached_broker_fault(std::int32_t broker, const std::string& address, const std::string& why,
                                           const KafkaOptions& options);
/// The fault of a refused login or permission; `why` as librdkafka put it.
[[nodiscard]] Fault denied_fault(const std::string& why, const KafkaOptions& options);
/// The fault of a user who lacks rights; the hint has the commands that grant them.
[[nodiscard]] Fault lacks_rights_fault(std::span<const TopicRight> lacking, const KafkaOptions& options);
/// As fault_of(); `needed` is the right to name where one is missing.
[[nodiscard]] Fault fault_of(rd_kafka_resp_err_t error, const std::string& what, const TopicRight& needed, const KafkaOptions& options);
[[nodiscard]] Fault missing_topic_fault(const KafkaOptions& options);

} // namespace coupon
