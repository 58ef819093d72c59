#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"
#include "core/slot_ranges.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// The claims that a gate holds.
struct HeldClaims {
    std::vector<RestoredClaim> all;  ///< claims and pending claims, a user once for each slot
    std::optional<SlotRanges> holes; ///< slots below the highest claim that no claim has; absent where claims came while they were read
};

/// Why a gate that can be read cannot go on as it is: its fields, its claims and the ledger's rows of its round do not agree. Empty where
/// they do. `rows` were read before the claims, so each has its claim in a gate that forgot nothing.
[[nodiscard]] std::string contradiction_in(const GateFields& gate, const RoundRow& row, const HeldClaims& held,
                                           const std::vector<Coupon>& rows);

/// The claim of a record that was on the topic before the claims were read, where the gate does not hold it. Empty where it holds all.
[[nodiscard]] std::string forgotten_by(const HeldClaims& held, const std::map<UserId, Slot>& on_topic);

} // namespace coupon
