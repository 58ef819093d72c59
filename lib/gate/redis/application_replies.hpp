#pragma once

#include "core/gate_rule.hpp"
#include "gate/redis/redis_reply.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What the gate replies to applications and confirms, read. A reply of another shape is unknown: the script ran, but nobody can say what
/// it did.
namespace coupon {

/// One of the applications that were decided together.
struct ClaimPlace {
    std::size_t index = 0; ///< from 0
    std::size_t of = 1;
};
/// The script's answer to the application at this place.
[[nodiscard]] Result<ClaimReply> read_claim_reply(const RedisReply& reply, const ClaimPlace& place, const Application& application);
/// What a plain read of a claim asks for, by HMGET, before the user's own field.
inline constexpr std::array<std::string_view, 4> sold_out_fields{"round", "limit", "granted", "seal"};
/// What a look at the gate asks for besides, in one transaction with both sizes: all that the claim script tells sold out by.
inline constexpr std::array<std::string_view, 6> looked_at_fields{"round", "epoch", "limit", "granted", "published", "seal"};
/// sold_out: the application's round, with the seal expected, every slot taken, and the user has none; the claim script would say the same
/// if it found the gate's sizes in order. has_claim: the same, but the user has one. The other answers are the script's to give.
enum class PlainRead { sold_out, has_claim, something_else };
[[nodiscard]] PlainRead what_read_says(const RedisReply& reply, const Application& application, const std::string& seal);
/// The same of a look; besides something_else it says that the gate is in order.
[[nodiscard]] PlainRead what_look_says(const RedisReply& reply, const Application& application, const std::string& seal);
/// One for each of `claims` claims.
[[nodiscard]] std::vector<Result<ConfirmReply>> read_confirm_replies(const RedisReply& reply, std::size_t claims);

} // namespace coupon
