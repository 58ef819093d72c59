#pragma once

#include "core/gate_rule.hpp"
#include "gate/gate_reader.hpp"
#include "gate/redis_reply.hpp"

/// What the gate's scripts reply, read. A reply of another shape is unknown: the script ran, but nobody can say what it did.
namespace coupon {

[[nodiscard]] Result<ClaimReply> read_claim_reply(const RedisReply& reply, const Application& application);
[[nodiscard]] Result<ConfirmReply> read_confirm_reply(const RedisReply& reply);
[[nodiscard]] Status read_done(const RedisReply& reply);
[[nodiscard]] Result<ServerIdentity> read_server(const RedisReply& reply);
[[nodiscard]] Result<ArmingTicket> read_ticket(const RedisReply& reply);
/// Fields that are absent or unreadable become defects; they keep their defaults.
[[nodiscard]] Result<GateSummary> read_summary(const RedisReply& reply);

} // namespace coupon
