#include "core/gate_faults.hpp"
#include "core/gate_rule.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto reset_hint = "run coupon-reset";

/// Everything that arming compares before it writes.
Status check_ticket(const GateMemory& gate, const ArmingTicket& ticket, const ServerIdentity& server) {
    if (!gate) return missing_gate();
    if (gate->fields.round != ticket.round || gate->fields.arming != ticket.epoch) return gate_conflict("another arming took over");
    if (!is_same_seal(seal_of(gate->fields.key), ticket.seal)) return gate_has_another_seal(gate->fields, ticket.seal);
    if (server != ticket.server) return gate_conflict("the gate's server changed while the gate was being armed");
    return Done{};
}

/// The gate that arming makes where there is none of the round.
GateState empty_gate(const RoundFacts& highest, const std::string& token) {
    GateState empty;
    empty.fields.round = highest.round;
    empty.fields.epoch = highest.epoch;
    empty.fields.limit = highest.limit;
    empty.fields.window = highest.window;
    empty.fields.token = token;
    empty.fields.door = highest.state == RoundState::open ? GateDoor::open : GateDoor::closed;
    empty.fields.key = highest.key;
    empty.fields.topic = highest.topic;
    empty.fields.cluster_id = highest.cluster_id;
    return empty;
}

/// Why a gate of the ledger's highest round must not be armed, if there is a reason.
Status check_gate_of_round(const GateState& gate, const RoundFacts& highest, const ServerIdentity& server) {
    const auto& fields = gate.fields;
    if (!is_same_seal(seal_of(fields.key), seal_of(highest.key))) return gate_has_another_seal(fields, seal_of(highest.key));
    if (fields.epoch == highest.epoch && is_armed(fields, server) && highest.met <= highest.epoch)
        return gate_conflict("the gate is armed already");
    if (fields.door == GateDoor::given_up) return gate_given_up();
    return Done{};
}

} // namespace

Result<ArmingTicket> begin_arming(GateMemory& gate, const RoundFacts& highest, const std::string& token, const ServerIdentity& server) {
    const bool is_of_round = gate && gate->fields.round == highest.round;
    if (is_of_round) {
        if (auto ok = check_gate_of_round(*gate, highest, server); !ok) return ok.fault();
    }
    if (gate && gate->fields.round > highest.round) {
        return Fault{FaultKind::conflict,
                     "the gate holds round " + gate->fields.round.text() + " but the ledger's highest is " + highest.round.text(),
                     "restore the ledger, or check --mysql"};
    }
    if (highest.state != RoundState::open && highest.state != RoundState::closed) {
        return Fault{FaultKind::refused, "round " + highest.round.text() + " is " + name_of(highest.state), reset_hint};
    }
    if (is_of_round && gate->fields.limit != highest.limit) {
        return corrupt_gate("its limit is " + gate->fields.limit.text() + " but the ledger's is " + highest.limit.text());
    }
    if (!is_of_round) gate = empty_gate(highest, token);
    auto& fields = gate->fields;
    const Epoch arming = fields.arming.value_or(Epoch(0));
    const Epoch known = std::max(highest.epoch, highest.met);
    // An arming that got as far as the ledger left this gate behind it; any other gate at an older epoch is an old copy. An armer that had
    // read the ledger long before may have given such a copy the number that the ledger's arming had elsewhere.
    const bool is_home = highest.home_run_id.empty() || (highest.home_run_id == server.run_id && highest.home_database == server.database);
    const bool reached_ledger = arming >= known && is_home;
    if (is_of_round && fields.epoch < known && !reached_ledger) fields.is_old_copy = true;
    const auto remembered = fields.armed_with == server ? std::optional(fields.epoch) : std::nullopt;
    fields.arming = std::max({fields.epoch, known, arming}).next();
    return ArmingTicket{fields.round, *fields.arming, server, seal_of(fields.key), fields.is_old_copy, remembered};
}

Status drop(GateMemory& gate, const ArmingTicket& ticket, std::span<const UserId> chunk, const ServerIdentity& server) {
    if (auto ok = check_ticket(gate, ticket, server); !ok) return ok;
    for (const auto user : chunk) {
        if (gate->claims.erase(user) == 0) continue;
        --gate->fields.granted;
        if (gate->outbox.erase(user) == 0) --gate->fields.published;
    }
    return Done{};
}

Status restore(GateMemory& gate, const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, const ServerIdentity& server) {
    if (auto ok = check_ticket(gate, ticket, server); !ok) return ok;
    for (const auto& lost : chunk) {
        const auto own = gate->claims.find(lost.user);
        if (own != gate->claims.end() && own->second.slot != lost.slot) {
            return corrupt_gate("user " + lost.user.text() + " has slot " + own->second.slot.text() + " in the gate and " +
                                lost.slot.text() + " elsewhere");
        }
    }
    for (const auto& lost : chunk) {
        if (gate->claims.contains(lost.user)) continue;
        gate->claims[lost.user] = {lost.user, lost.slot, std::string(restored_application)};
        ++gate->fields.granted;
        ++gate->fields.published;
    }
    return Done{};
}

Status arm(GateMemory& gate, const ArmingTicket& ticket, const ArmOrder& order, const ServerIdentity& server) {
    if (auto ok = check_ticket(gate, ticket, server); !ok) return ok;
    auto& fields = gate->fields;
    if (fields.door == GateDoor::given_up) return gate_given_up();
    if (const auto why = counters_disagree(*gate); !why.empty()) return corrupt_gate(why);
    if (fields.granted != order.granted) return gate_conflict("the gate's claims changed while it was being armed");
    for (const auto& [user, pending] : gate->outbox) {
        const auto own = gate->claims.find(user);
        if (own == gate->claims.end() || own->second.slot != pending.slot) {
            return corrupt_gate("the outbox has slot " + pending.slot.text() + " for user " + user.text() + ", the claims do not");
        }
    }
    for (auto& [user, pending] : gate->outbox)
        pending.epoch = ticket.epoch;
    fields.epoch = ticket.epoch;
    fields.armed_with = ticket.server;
    fields.arming.reset();
    fields.free = order.free;
    fields.is_old_copy = false;
    if (order.ledger_closed) fields.door = GateDoor::closed;
    return Done{};
}

} // namespace coupon
