#include "model/gate_calls.hpp"

namespace coupon::model {

namespace {

/// The identity a script sees that does not ask whether the gate is armed.
ServerIdentity seen_by(const GateSide& gate, bool ignores_arming) {
    return ignores_arming && gate.memory ? gate.memory->fields.armed_with : gate.identity();
}

/// The ticket as arm and restore compare it.
ArmingTicket compared(const Scene& scene, GateSide& gate, ArmingTicket ticket) {
    if (scene.is_mutated(Mutation::arm_ignores_server)) ticket.server = gate.identity();
    if (scene.is_mutated(Mutation::arm_ignores_other_armer) && gate.memory) gate.memory->fields.arming = ticket.epoch;
    return ticket;
}

/// The mark as close, reopen, give_up and open_and_arm compare it.
GateMark compared(const Scene& scene, const GateMark& seen) {
    const auto& memory = scene.gate().memory;
    if (!scene.is_mutated(Mutation::gate_compares_no_token) || !memory) return seen;
    return {seen.round, memory->fields.token};
}

} // namespace

Result<ClaimReply> call_claim(Scene& scene, const Application& application) {
    auto gate = scene.gate();
    const bool ignores_arming = scene.is_mutated(Mutation::grant_ignores_arming);
    const auto server = seen_by(gate, ignores_arming);
    const auto arming = gate.memory ? gate.memory->fields.arming : std::nullopt;
    if (ignores_arming && gate.memory) gate.memory->fields.arming.reset();
    auto reply = claim(gate.memory, application, server, Instant{});
    if (ignores_arming && gate.memory) gate.memory->fields.arming = arming;
    scene.set(gate);
    return reply;
}

Result<ConfirmReply> call_confirm(Scene& scene, const Grant& grant) {
    auto gate = scene.gate();
    auto compared_grant = grant;
    if (scene.is_mutated(Mutation::confirm_ignores_epoch) && gate.memory) compared_grant.epoch = gate.memory->fields.epoch;
    const bool ignores_arming = scene.is_mutated(Mutation::confirm_ignores_arming);
    const auto server = seen_by(gate, ignores_arming);
    const auto fields = gate.memory ? std::optional(gate.memory->fields) : std::nullopt;
    if (ignores_arming && gate.memory) gate.memory->fields.arming.reset();
    const bool ignores_door = scene.is_mutated(Mutation::given_up_gate_confirms);
    if (ignores_door && gate.memory) gate.memory->fields.door = GateDoor::closed;
    auto reply = confirm(gate.memory, compared_grant, server);
    if (ignores_arming && gate.memory) gate.memory->fields.arming = fields->arming;
    if (ignores_door && gate.memory) gate.memory->fields.door = fields->door;
    scene.set(gate);
    return reply;
}

Result<ArmingTicket> call_begin(Scene& scene, const RoundFacts& highest, const std::string& token) {
    auto gate = scene.gate();
    auto facts = highest;
    if (scene.is_mutated(Mutation::epoch_ignores_ledger)) facts.epoch = Epoch(1);
    auto ticket = begin_arming(gate.memory, facts, token, gate.identity());
    scene.set(gate);
    return ticket;
}

Status call_restore(Scene& scene, const ArmingTicket& ticket, const std::vector<RestoredClaim>& missing) {
    auto gate = scene.gate();
    const auto shown = compared(scene, gate, ticket);
    auto status = restore(gate.memory, shown, missing, gate.identity());
    scene.set(gate);
    return status;
}

Status call_arm(Scene& scene, const ArmingTicket& ticket, const ArmOrder& order) {
    auto gate = scene.gate();
    auto shown_order = order;
    if (scene.is_mutated(Mutation::arm_ignores_closed_ledger)) shown_order.ledger_closed = false;
    const auto outbox = gate.memory ? gate.memory->outbox : std::map<UserId, PendingClaim>{};
    const auto shown = compared(scene, gate, ticket);
    auto status = arm(gate.memory, shown, shown_order, gate.identity());
    if (status && scene.is_mutated(Mutation::outbox_keeps_old_epoch)) gate.memory->outbox = outbox;
    scene.set(gate);
    return status;
}

Status call_close(Scene& scene, const GateMark& seen, const std::string& token) {
    auto gate = scene.gate();
    auto status = close(gate.memory, compared(scene, seen), token);
    scene.set(gate);
    return status;
}

Status call_reopen(Scene& scene, const GateMark& seen, const std::string& token) {
    auto gate = scene.gate();
    auto status = reopen(gate.memory, compared(scene, seen), token);
    scene.set(gate);
    return status;
}

Status call_give_up(Scene& scene, const GateMark& seen) {
    auto gate = scene.gate();
    auto status = give_up(gate.memory, compared(scene, seen));
    scene.set(gate);
    return status;
}

Result<ServerIdentity> call_create(Scene& scene, const NewGate& fresh) {
    auto gate = scene.gate();
    if (scene.is_mutated(Mutation::gate_compares_no_token) && gate.memory) gate.memory->fields.token = fresh.token;
    auto created = create(gate.memory, fresh, gate.identity());
    if (created) scene.set(gate);
    return created;
}

Status call_open_and_arm(Scene& scene, const GateMark& mine, const ServerIdentity& created_with) {
    auto gate = scene.gate();
    const auto server = scene.is_mutated(Mutation::open_ignores_server) ? gate.identity() : created_with;
    auto status = open_and_arm(gate.memory, compared(scene, mine), server, gate.identity());
    scene.set(gate);
    return status;
}

} // namespace coupon::model
