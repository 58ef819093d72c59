#include "core/gate_rule.hpp"
#include "core/gate_faults.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

Fault not_armed() {
    return {FaultKind::not_armed, "the gate is not armed: its server restarted, failed over or lost data since it was armed",
            "a running coupon-consume arms it again"};
}

ClaimReply closed(ClosedReason reason) {
    ClaimReply reply;
    reply.kind = ClaimReply::Kind::closed;
    reply.reason = reason;
    return reply;
}

/// What the gate says to a user who has a claim already.
Result<ClaimReply> repeated(const GateState& gate, const Claim& claim, const Application& application, const ServerIdentity& server) {
    ClaimReply reply;
    reply.kind = claim.application == application.id ? ClaimReply::Kind::granted : ClaimReply::Kind::duplicate;
    reply.grant = {gate.fields.round, gate.fields.epoch, claim.slot, claim.user, Instant{}};
    const auto pending = gate.outbox.find(claim.user);
    reply.state = pending == gate.outbox.end() ? ClaimState::confirmed : ClaimState::pending;
    if (reply.state == ClaimState::pending) {
        if (pending->second.slot != claim.slot) {
            return corrupt_gate("user " + claim.user.text() + " has slot " + claim.slot.text() + " and slot " +
                                pending->second.slot.text() + " in the outbox");
        }
        reply.grant.granted_at = pending->second.granted_at;
        reply.grant.epoch = pending->second.epoch;
    } else if (reply.kind == ClaimReply::Kind::granted && !is_armed(gate.fields, server)) {
        return not_armed();
    }
    return reply;
}

bool matches(const GateState& gate, const GateMark& seen) {
    return gate.fields.round == seen.round && gate.fields.token == seen.token;
}

} // namespace

const char* name_of(GateDoor door) {
    switch (door) {
    case GateDoor::open: return "open";
    case GateDoor::closed: return "closed";
    case GateDoor::given_up: return "given_up";
    }
    return "closed";
}

std::optional<GateDoor> parse_gate_door(std::string_view text) {
    for (const auto door : {GateDoor::open, GateDoor::closed, GateDoor::given_up}) {
        if (text == name_of(door)) return door;
    }
    return std::nullopt;
}

std::string seal_of(const std::optional<RoundKey>& key) {
    return key ? key->seal() : std::string();
}

bool is_same_seal(const std::string& one, const std::string& other) {
    return one.empty() || other.empty() || one == other;
}

Fault missing_gate() {
    return {FaultKind::missing, "the gate does not exist",
            "a running coupon-consume makes it again where a round is open; where none is, run coupon-reset"};
}

bool is_armed(const GateFields& gate, const ServerIdentity& server) {
    return gate.door != GateDoor::given_up && !gate.arming && !gate.armed_with.run_id.empty() && gate.armed_with == server;
}

std::string counters_disagree(const GateFields& gate, std::int64_t claims, std::int64_t outbox) {
    if (claims != gate.granted)
        return "granted is " + std::to_string(gate.granted) + " but there are " + std::to_string(claims) + " claims";
    if (gate.granted < 0 || gate.granted > gate.limit.value()) {
        return "granted is " + std::to_string(gate.granted) + " but the limit is " + gate.limit.text();
    }
    if (outbox != gate.granted - gate.published) {
        return "granted - published is " + std::to_string(gate.granted - gate.published) + " but the outbox holds " +
               std::to_string(outbox);
    }
    return {};
}

Result<ClaimReply> claim(GateMemory& gate, const Application& application, const ServerIdentity& server, Instant now,
                         const std::string& seal) {
    if (!gate) return missing_gate();
    if (const auto why = counters_disagree(*gate); !why.empty()) return corrupt_gate(why);
    auto& fields = gate->fields;
    if (fields.round > application.round) return closed(ClosedReason::round_over);
    if (fields.round < application.round) return corrupt_gate("it holds an older round than the one applied for");
    if (!is_same_seal(seal_of(fields.key), seal)) return gate_has_another_seal(*gate, seal);
    if (const auto own = gate->claims.find(application.user); own != gate->claims.end()) {
        return repeated(*gate, own->second, application, server);
    }
    if (fields.granted == fields.limit.value()) {
        ClaimReply reply;
        reply.kind = ClaimReply::Kind::sold_out;
        return reply;
    }
    if (fields.window.opens_at && now < *fields.window.opens_at) return closed(ClosedReason::not_yet);
    if (fields.window.closes_at && now >= *fields.window.closes_at) return closed(ClosedReason::ended);
    if (fields.door != GateDoor::open) return closed(ClosedReason::by_operator);
    if (!is_armed(fields, server)) return not_armed();

    SlotRanges free = fields.free;
    const Slot slot = free.empty() ? Slot(fields.granted + 1) : free.take_lowest();
    if (slot.value() > fields.limit.value())
        return corrupt_gate("slot " + slot.text() + " is free but the limit is " + fields.limit.text());
    fields.free = free;
    gate->claims[application.user] = {application.user, slot, application.id};
    gate->outbox[application.user] = {application.user, slot, now, fields.epoch};
    ++fields.granted;
    ClaimReply reply;
    reply.kind = ClaimReply::Kind::granted;
    reply.grant = {fields.round, fields.epoch, slot, application.user, now};
    return reply;
}

Result<ConfirmReply> confirm(GateMemory& gate, const Grant& grant, const ServerIdentity& server, const std::string& seal) {
    if (!gate) return missing_gate();
    if (const auto why = counters_disagree(*gate); !why.empty()) return corrupt_gate(why);
    if (gate->fields.round > grant.round) return ConfirmReply::round_over;
    if (gate->fields.round < grant.round) return corrupt_gate("it holds an older round than the one confirmed");
    if (!is_same_seal(seal_of(gate->fields.key), seal)) return gate_has_another_seal(*gate, seal);
    if (!is_armed(gate->fields, server)) return not_armed();
    const auto own = gate->claims.find(grant.user);
    if (own == gate->claims.end() || own->second.slot != grant.slot || gate->fields.epoch != grant.epoch) return ConfirmReply::gone;
    gate->fields.published += static_cast<std::int64_t>(gate->outbox.erase(grant.user));
    return ConfirmReply::confirmed;
}

Shut shut(GateMemory& gate, const std::optional<std::string>& mine, const std::string& token) {
    if (!gate) return Shut::missing;
    auto& fields = gate->fields;
    if (fields.door == GateDoor::open) fields.door = GateDoor::closed;
    fields.untold = fields.token != mine;
    fields.token = token;
    return fields.untold ? Shut::untold : Shut::told;
}

Status mark_told(GateMemory& gate, const GateMark& seen, const std::string& token) {
    if (!gate) return missing_gate();
    if (!matches(*gate, seen) || !gate->fields.untold) return gate_conflict("the gate changed since it was read");
    gate->fields.untold = false;
    gate->fields.token = token;
    return Done{};
}

Status close(GateMemory& gate, const GateMark& seen, const std::string& token) {
    if (!gate) return Done{};
    if (!matches(*gate, seen)) return gate_conflict("the gate changed since it was read");
    if (gate->fields.door == GateDoor::open) gate->fields.door = GateDoor::closed;
    gate->fields.untold = false;
    gate->fields.token = token;
    return Done{};
}

Status reopen(GateMemory& gate, const GateMark& seen, const std::string& token) {
    if (!gate) return missing_gate();
    if (!matches(*gate, seen)) return gate_conflict("the gate changed since it was read");
    if (gate->fields.untold) return gate_conflict("the gate was closed, and the ledger was not told yet");
    if (gate->fields.door == GateDoor::given_up) return gate_given_up();
    gate->fields.door = GateDoor::open;
    gate->fields.token = token;
    return Done{};
}

Status give_up(GateMemory& gate, const GateMark& seen) {
    if (!gate) return Done{};
    if (!matches(*gate, seen)) return gate_conflict("the gate changed since it was read");
    gate->fields.door = GateDoor::given_up;
    return Done{};
}

Result<ServerIdentity> create(GateMemory& gate, const NewGate& fresh, const ServerIdentity& server) {
    if (gate && gate->fields.round == fresh.round && gate->fields.token == fresh.token) return server;
    if (gate && (gate->fields.round >= fresh.round || gate->fields.token != fresh.token))
        return gate_conflict("the gate changed since it was closed");
    GateState created;
    created.fields.round = fresh.round;
    created.fields.epoch = Epoch(1);
    created.fields.limit = fresh.limit;
    created.fields.window = fresh.window;
    created.fields.token = fresh.token;
    created.fields.key = fresh.key;
    created.fields.topic = fresh.topic;
    created.fields.cluster_id = fresh.cluster_id;
    gate = created;
    return server;
}

Status open_and_arm(GateMemory& gate, const GateMark& mine, const ServerIdentity& created_with, const ServerIdentity& server) {
    if (!gate) return missing_gate();
    auto& fields = gate->fields;
    if (!matches(*gate, mine)) return gate_conflict("the gate changed since it was created");
    if (fields.door == GateDoor::open && is_armed(fields, server)) return Done{};
    if (fields.door != GateDoor::closed || fields.arming) return gate_conflict("the gate is being armed by somebody else");
    if (server != created_with) return gate_conflict("the gate's server changed since the gate was created");
    if (const auto why = counters_disagree(*gate); !why.empty()) return corrupt_gate(why);
    fields.door = GateDoor::open;
    fields.armed_with = server;
    return Done{};
}

} // namespace coupon
