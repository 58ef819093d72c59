#pragma once

#include "core/gate_rule.hpp"

#include <string>

/// The faults that several functions of the gate's rule share. The prologue of the gate's scripts spells the same.
namespace coupon {

/// What helps where a gate contradicts itself.
inline constexpr auto rebuild_gate_hint = "coupon-reset --rebuild-gate makes it again; coupon-audit names what is wrong";

/// Somebody else acted on the gate.
[[nodiscard]] Fault gate_conflict(std::string what);
[[nodiscard]] Fault corrupt_gate(const std::string& why);
[[nodiscard]] Fault gate_given_up();
/// A gate of the right round that another ledger opened. Names both seals.
[[nodiscard]] Fault gate_has_another_seal(const GateFields& gate, const std::string& seal);
/// counters_disagree() of a whole gate.
[[nodiscard]] std::string counters_disagree(const GateState& gate);

} // namespace coupon
