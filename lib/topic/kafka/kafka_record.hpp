#pragma once

#include "core/issue_record.hpp"

#include <librdkafka/rdkafka.h>

/// Private to this room.
namespace coupon {

/// The record of a message that was consumed, byte for byte; cut where it is too large to be kept whole.
[[nodiscard]] SourceRecord record_of(const rd_kafka_message_t& message);

/// The same, in place of another record, whose memory it takes over: a million of them allocate nothing.
void read_into(SourceRecord& record, const rd_kafka_message_t& message);

} // namespace coupon
