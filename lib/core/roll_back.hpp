#pragma once

#include "core/gate_rule.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// How a gate that went back in time while its server went on gives itself away (lib/README.md, "A gate that goes back"), pure.
namespace coupon {

/// What within an epoch only goes up.
struct GateProgress {
    Round round;
    Epoch epoch;
    std::int64_t granted = 0;
    std::int64_t published = 0;

    [[nodiscard]] static GateProgress of(const GateFields& gate) { return {gate.round, gate.epoch, gate.granted, gate.published}; }
};

/// Why the gate must have gone back, a sentence; empty where nothing shows it. `before` is an earlier look at the gate, and `rows` the
/// number of the round's coupons, counted before the gate was read: each coupon was a claim first. REQUIRES: the gate is armed, in the
/// round and epoch of the ledger.
[[nodiscard]] std::string went_back_because(const GateFields& gate, const std::optional<GateProgress>& before,
                                            const std::optional<std::int64_t>& rows);

/// The same of one coupon that was issued before the gate was asked for its user's slot.
[[nodiscard]] std::string went_back_because(UserId user, Slot issued, const std::optional<Slot>& claimed);

} // namespace coupon
