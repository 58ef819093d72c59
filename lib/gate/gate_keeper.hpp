#pragma once

#include "core/gate_rule.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace coupon {

/// What the kill switch has left, and what the gate said of itself, as far as that could be read.
struct ShutGate {
    Shut left = Shut::missing;
    std::optional<Round> round;
    std::optional<std::int64_t> granted;
    std::optional<Limit> limit;
};

/// What resets, the kill switch and arming do to the gate: each call is the function of the same name in core/gate_rule.hpp, run atomically
/// in the server. Blocking, each call bounded by its deadline. One thread. Besides the rule's own faults: unreachable (no effect), denied,
/// refused, unknown (no reply; read the gate to learn what happened, or repeat: every call here may be repeated).
class GateKeeper {
public:
    virtual ~GateKeeper() = default;

    [[nodiscard]] virtual Result<ShutGate> shut(const std::optional<std::string>& mine, const std::string& token, Deadline deadline) = 0;
    [[nodiscard]] virtual Status mark_told(const GateMark& seen, const std::string& token, Deadline deadline) = 0;
    [[nodiscard]] virtual Status disarm(Round round, Epoch epoch, const std::string& seal, Deadline deadline) = 0;
    [[nodiscard]] virtual Status close(const GateMark& seen, const std::string& token, Deadline deadline) = 0;
    [[nodiscard]] virtual Status reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at,
                                        Deadline deadline) = 0;
    [[nodiscard]] virtual Status give_up(const GateMark& seen, Deadline deadline) = 0;
    [[nodiscard]] virtual Status discard(const std::optional<GateMark>& seen, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<ServerIdentity> create(const NewGate& fresh, Deadline deadline) = 0;
    [[nodiscard]] virtual Status open_and_arm(const GateMark& mine, const ServerIdentity& created_with, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<ArmingTicket> begin_arming(const RoundFacts& highest, const std::string& token, Deadline deadline) = 0;
    [[nodiscard]] virtual Status restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline deadline) = 0;
    [[nodiscard]] virtual Status drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline deadline) = 0;
    [[nodiscard]] virtual Status arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline deadline) = 0;
};

} // namespace coupon
