#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

/// Private to this room.
namespace coupon {

/// The partitions of the topic in what a group's leader assigned to a member, or nothing where these bytes are no such assignment. Format:
/// ConsumerProtocolAssignment, https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message
[[nodiscard]] std::optional<std::set<std::int32_t>> assigned_partitions(std::string_view assignment, std::string_view topic);

} // namespace coupon
