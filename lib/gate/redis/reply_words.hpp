#pragma once

#include "core/gate_rule.hpp"
#include "gate/redis/redis_reply.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

/// The words that the gate's scripts reply with.
namespace coupon {

/// After a reply that no Redis gives.
inline constexpr auto odd_reply_hint = "point --redis at the Redis server itself: something in between changes its replies";

/// The script ran, but its effect is unknown.
[[nodiscard]] Fault unexpected(const RedisReply& reply);
/// Empty where there is none.
[[nodiscard]] std::string_view word_at(const RedisReply& reply, std::size_t index);
[[nodiscard]] bool is_fault(const RedisReply& reply);
/// The scripts name only faults that are without effect. REQUIRES: is_fault(reply).
[[nodiscard]] Fault fault_in(const RedisReply& reply);
[[nodiscard]] std::optional<Limit> parse_limit(std::string_view text);

} // namespace coupon
