#pragma once

#include "core/gate_rule.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "gate/redis_reply.hpp"

#include <array>
#include <string_view>

/// What the gate's scripts reply, read. A reply of another shape is unknown: the script ran, but nobody can say what it did.
namespace coupon {

/// After a reply that no Redis gives.
inline constexpr auto odd_reply_hint = "point --redis at the Redis server itself: something in between changes its replies";

[[nodiscard]] Result<ClaimReply> read_claim_reply(const RedisReply& reply, const Application& application);
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
/// One for each of so many claims.
[[nodiscard]] std::vector<Result<ConfirmReply>> read_confirm_replies(const RedisReply& reply, std::size_t claims);
/// Counts that are absent or unreadable are left out.
[[nodiscard]] Result<ShutGate> read_shut(const RedisReply& reply);
[[nodiscard]] Status read_done(const RedisReply& reply);
[[nodiscard]] Result<ServerIdentity> read_server(const RedisReply& reply);
[[nodiscard]] Result<ArmingTicket> read_ticket(const RedisReply& reply);
/// Fields that are absent or unreadable become defects; they keep their defaults.
[[nodiscard]] Result<GateSummary> read_summary(const RedisReply& reply);

} // namespace coupon
