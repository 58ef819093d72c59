#include "core/gate_faults.hpp"

#include <utility>

namespace coupon {

Fault gate_conflict(std::string what) {
    return {FaultKind::conflict, std::move(what), "another coupon-reset or a worker acted on the gate; run this again"};
}

Fault corrupt_gate(const std::string& why) {
    return {FaultKind::corrupt, "the gate contradicts itself: " + why, rebuild_gate_hint};
}

Fault gate_given_up() {
    return {FaultKind::refused, "the gate was given up by a forced reset", "run coupon-reset"};
}

Fault gate_has_another_seal(const GateFields& gate, const std::string& seal) {
    return {FaultKind::refused, "the gate of round " + gate.round.text() + " has seal " + seal_of(gate.key) + ", not " + seal,
            "it belongs to another ledger; check --redis and --mysql"};
}

std::string counters_disagree(const GateState& gate) {
    return counters_disagree(gate.fields, static_cast<std::int64_t>(gate.claims.size()), static_cast<std::int64_t>(gate.outbox.size()));
}

} // namespace coupon
