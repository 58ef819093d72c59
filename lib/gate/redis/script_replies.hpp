#pragma once

#include "core/gate_rule.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "gate/redis/redis_reply.hpp"

/// What the gate's scripts reply to a keeper or a reader, read. A reply of another shape is unknown: the script ran, but nobody can say
/// what it did.
namespace coupon {

/// Counts that are absent or unreadable are left out.
[[nodiscard]] Result<ShutGate> read_shut(const RedisReply& reply);
[[nodiscard]] Status read_done(const RedisReply& reply);
[[nodiscard]] Result<ServerIdentity> read_server(const RedisReply& reply);
[[nodiscard]] Result<ArmingTicket> read_ticket(const RedisReply& reply);
/// Fields that are absent or unreadable become defects; they keep their defaults.
[[nodiscard]] Result<GateSummary> read_summary(const RedisReply& reply);

} // namespace coupon
