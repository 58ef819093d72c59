#pragma once

#include "cli/command_line.hpp"
#include "cli/options/timeout_options.hpp"
#include "core/topic_binding.hpp"
#include "topic/kafka/kafka_topic.hpp"

namespace coupon {

/// --brokers, --topic, --group, -X, --kafka-password-file. What was named of topic and group goes into `wish`; `warn` is told where
/// the password leaves this machine in clear text.
void add_kafka_options(CommandLine& line, KafkaOptions& options, TopicWish& wish, const EventName& event, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn);

/// The options with topic, group and cluster as the event's round, or its gate, names them; usage where the wish differs.
[[nodiscard]] Result<KafkaOptions> bound(const KafkaOptions& options, const TopicWish& wish, const TopicNames& names,
                                         const EventName& event, Round round);

} // namespace coupon
