#pragma once

#include "core/consumer_group.hpp"
#include "topic/kafka/kafka_client.hpp"

#include <cstdint>
#include <map>
#include <vector>

/// Private to this room.
namespace coupon {

/// Asks for the members of options.group. Faults: unreachable, denied. REQUIRES: a reader's client.
[[nodiscard]] Result<GroupSight> read_group(KafkaClient& client, Deadline deadline);

/// Whether the group's coordinator answers this user. Faults: unreachable (where the group has no coordinator, said as that), denied.
/// REQUIRES: a reader's client.
[[nodiscard]] Status ask_coordinator(KafkaClient& client, Deadline deadline);

/// The offsets that the group has committed, as its coordinator tells them; below 0 where it has not. Faults: unreachable (where the group
/// has no coordinator, said as that), denied. REQUIRES: a reader's client.
[[nodiscard]] Result<std::map<std::int32_t, std::int64_t>> read_committed(KafkaClient& client, const std::vector<std::int32_t>& partitions,
                                                                          Deadline deadline);

} // namespace coupon
