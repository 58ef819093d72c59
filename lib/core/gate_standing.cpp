#include "core/gate_standing.hpp"

#include "core/escape.hpp"
#include "core/round_change.hpp"

#include <cassert>

namespace coupon {

GateStanding standing_of(const GateSight& gate, const RoundRow& row) {
    // A round opened by a release that kept no addresses binds nobody until its next arming.
    const bool is_listed = row.home.addresses.empty() || row.home.lists(gate.address);
    if (!gate.fields) return is_listed ? GateStanding::to_be_armed : GateStanding::stray;
    const auto& fields = *gate.fields;
    if (fields.round > row.round) return GateStanding::ahead;
    if (fields.round < row.round) return is_listed ? GateStanding::to_be_armed : GateStanding::stray;
    if (!is_same_seal(seal_of(fields.key), seal_of(row.key))) return GateStanding::other_seal;
    const bool is_home = row.home.run_id.empty() || (row.home.run_id == gate.server.run_id && row.home.database == gate.server.database);
    if (gate.is_armed() && fields.epoch == row.epoch && is_home) return is_listed ? GateStanding::counts : GateStanding::unlisted;
    if (is_listed) return GateStanding::to_be_armed;
    return fields.epoch == row.epoch ? GateStanding::promotable : GateStanding::stray;
}

bool is_the_armed_gate(const GateSight& gate, const RoundRow& row) {
    const auto standing = standing_of(gate, row);
    return standing == GateStanding::counts || standing == GateStanding::unlisted;
}

bool tells_all_epochs(const GateSight& gate, const RoundRow& row) {
    const bool may_be_armed = row.state == RoundState::open || row.state == RoundState::closed;
    if (!may_be_armed || !gate.fields || gate.fields->round != row.round) return true;
    return !gate.fields->arming || *gate.fields->arming <= row.epoch;
}

Fault refusal_of(GateStanding standing, const GateSight& gate, const RoundRow& row) {
    switch (standing) {
    case GateStanding::promotable:
    case GateStanding::stray: return not_the_gate(row, gate.address);
    case GateStanding::other_seal:
        return {FaultKind::usage,
                "the gate at " + escape(gate.address) + " has seal " + seal_of(gate.fields->key) + ", round " + row.round.text() +
                    " of event " + row.event + " in the ledger has seal " + seal_of(row.key),
                "they belong to different ledgers; check --redis and --mysql"};
    case GateStanding::ahead:
        return {FaultKind::usage,
                "the gate at " + escape(gate.address) + " holds round " + gate.fields->round.text() + ", the ledger's highest is " +
                    row.round.text() + ": the ledger lost a round",
                "restore the ledger, or check --mysql"};
    case GateStanding::counts:
    case GateStanding::unlisted:
    case GateStanding::to_be_armed: break;
    }
    assert(false);
    return {};
}

} // namespace coupon
