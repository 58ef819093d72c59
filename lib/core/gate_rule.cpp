#include "core/gate_rule.hpp"
#include "core/gate_faults.hpp"

#include <algorithm>
#include <array>
#include <cassert>

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
Result<ClaimReply> repeated(const GateFields& gate, const HeldOfUser& held, const Application& application, const ServerIdentity& server) {
    const auto& claim = *held.claim;
    ClaimReply reply;
    reply.kind = claim.application == application.id ? ClaimReply::Kind::granted : ClaimReply::Kind::duplicate;
    reply.grant = {gate.round, gate.epoch, claim.slot, claim.user, Instant{}};
    reply.state = held.pending == nullptr ? ClaimState::confirmed : ClaimState::pending;
    if (held.pending != nullptr) {
        if (held.pending->slot != claim.slot) {
            return corrupt_gate("user " + claim.user.text() + " has slot " + claim.slot.text() + " and slot " + held.pending->slot.text() +
                                " in the outbox");
        }
        reply.grant.granted_at = held.pending->granted_at;
        reply.grant.epoch = held.pending->epoch;
    } else if (reply.kind == ClaimReply::Kind::granted && !is_armed(gate, server)) {
        return not_armed();
    }
    return reply;
}

Slot next_slot(const GateFields& gate) {
    SlotRanges free = gate.free;
    return free.empty() ? Slot(gate.granted + 1) : free.take_lowest();
}

HeldOfUser held_of(const GateState& gate, UserId user) {
    HeldOfUser held;
    if (const auto own = gate.claims.find(user); own != gate.claims.end()) held.claim = &own->second;
    if (const auto own = gate.outbox.find(user); own != gate.outbox.end()) held.pending = &own->second;
    return held;
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
            "a running coupon-consume rebuilds it where a round is open; where none is, run coupon-reset"};
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

Result<ClaimReply> decide(const GateFields& gate, const GateSizes& sizes, const HeldOfUser& held, const Application& application,
                          const ServerIdentity& server, Instant now, const std::string& seal) {
    if (const auto why = counters_disagree(gate, sizes.claims, sizes.outbox); !why.empty()) return corrupt_gate(why);
    if (gate.round > application.round) return closed(ClosedReason::round_over);
    if (gate.round < application.round) return corrupt_gate("it holds an older round than the one applied for");
    if (!is_same_seal(seal_of(gate.key), seal)) return gate_has_another_seal(gate, seal);
    if (held.claim != nullptr) return repeated(gate, held, application, server);
    if (gate.granted == gate.limit.value()) {
        ClaimReply reply;
        reply.kind = ClaimReply::Kind::sold_out;
        return reply;
    }
    if (gate.window.opens_at && now < *gate.window.opens_at) return closed(ClosedReason::not_yet);
    if (gate.window.closes_at && now >= *gate.window.closes_at) return closed(ClosedReason::ended);
    if (gate.door != GateDoor::open) return closed(ClosedReason::by_operator);
    if (!is_armed(gate, server)) return not_armed();
    const auto slot = next_slot(gate);
    if (slot.value() > gate.limit.value()) return corrupt_gate("slot " + slot.text() + " is free but the limit is " + gate.limit.text());
    ClaimReply reply;
    reply.kind = ClaimReply::Kind::granted;
    reply.grant = {gate.round, gate.epoch, slot, application.user, now};
    return reply;
}

Slot take_slot(GateFields& gate) {
    ++gate.granted;
    return gate.free.empty() ? Slot(gate.granted) : gate.free.take_lowest();
}

Result<ClaimReply> claim(GateMemory& gate, const Application& application, const ServerIdentity& server, Instant now,
                         const std::string& seal) {
    if (!gate) return missing_gate();
    const GateSizes sizes{static_cast<std::int64_t>(gate->claims.size()), static_cast<std::int64_t>(gate->outbox.size())};
    const auto held = held_of(*gate, application.user);
    auto reply = decide(gate->fields, sizes, held, application, server, now, seal);
    if (!reply || reply->kind != ClaimReply::Kind::granted || held.claim != nullptr) return reply;
    const auto& grant = reply->grant;
    const auto slot = take_slot(gate->fields);
    assert(slot == grant.slot);
    gate->claims[grant.user] = {grant.user, slot, application.id};
    gate->outbox[grant.user] = {grant.user, slot, now, grant.epoch};
    return reply;
}

std::vector<Result<ClaimReply>> claim_together(GateMemory& gate, std::span<const Application> applications, const ServerIdentity& server,
                                               Instant now, const std::string& seal) {
    std::vector<Result<ClaimReply>> replies;
    replies.reserve(applications.size());
    for (const auto& application : applications)
        replies.push_back(claim(gate, application, server, now, seal));
    return replies;
}

Result<ConfirmReply> confirm(GateMemory& gate, const Grant& grant, const ServerIdentity& server, const std::string& seal) {
    if (!gate) return missing_gate();
    if (const auto why = counters_disagree(*gate); !why.empty()) return corrupt_gate(why);
    if (gate->fields.round > grant.round) return ConfirmReply::round_over;
    if (gate->fields.round < grant.round) return corrupt_gate("it holds an older round than the one confirmed");
    if (!is_same_seal(seal_of(gate->fields.key), seal)) return gate_has_another_seal(gate->fields, seal);
    if (!is_armed(gate->fields, server)) return not_armed();
    const auto own = gate->claims.find(grant.user);
    if (gate->fields.epoch > grant.epoch) return ConfirmReply::gone;
    if (own == gate->claims.end() || own->second.slot != grant.slot || gate->fields.epoch < grant.epoch) {
        gate->fields.armed_with = {};
        return ConfirmReply::went_back;
    }
    gate->fields.published += static_cast<std::int64_t>(gate->outbox.erase(grant.user));
    return ConfirmReply::confirmed;
}

Status disarm(GateMemory& gate, Round round, Epoch epoch, const std::string& seal) {
    if (!gate) return missing_gate();
    if (gate->fields.round != round || gate->fields.epoch != epoch) return gate_conflict("the gate was armed again");
    if (!is_same_seal(seal_of(gate->fields.key), seal)) return gate_has_another_seal(gate->fields, seal);
    gate->fields.armed_with = {};
    return Done{};
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

Status reopen(GateMemory& gate, const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at) {
    if (!gate) return missing_gate();
    if (!matches(*gate, seen)) return gate_conflict("the gate changed since it was read");
    if (gate->fields.untold) return gate_conflict("the gate was closed, and the ledger was not told yet");
    if (gate->fields.door == GateDoor::given_up) return gate_given_up();
    gate->fields.door = GateDoor::open;
    gate->fields.window.closes_at = closes_at;
    gate->fields.token = token;
    return Done{};
}

Status give_up(GateMemory& gate, const GateMark& seen) {
    if (!gate) return Done{};
    if (!matches(*gate, seen)) return gate_conflict("the gate changed since it was read");
    gate->fields.door = GateDoor::given_up;
    return Done{};
}

Status discard(GateMemory& gate, const std::optional<GateMark>& seen) {
    if (!gate) return Done{};
    if (!seen || !matches(*gate, *seen)) return gate_conflict("the gate changed since it was read");
    gate.reset();
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
