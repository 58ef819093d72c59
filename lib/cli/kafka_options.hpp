#pragma once

#include "cli/command_line.hpp"
#include "cli/timeout_options.hpp"
#include "topic/kafka_topic.hpp"

namespace coupon {

/// --brokers, --topic, --group, -X, --kafka-password-file
void add_kafka_options(CommandLine& line, KafkaOptions& options, const TimeoutOptions& timeout);

} // namespace coupon
