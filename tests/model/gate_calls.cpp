#include "model/gate_calls.hpp"

#include "model/places.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>

namespace coupon::model {

namespace {

/// The identity a script sees that does not ask whether the gate is armed.
ServerIdentity seen_by(const GateSide& gate, bool ignores_arming) {
    return ignores_arming && gate.memory ? gate.memory->fields.armed_with : gate.identity();
}

/// With the bug: the identity without the database.
ServerIdentity identity_in(const Scene& scene, const GateSide& gate) {
    auto server = gate.identity();
    if (scene.has_bug(Bug::database_is_ignored) && gate.memory) server.database = gate.memory->fields.armed_with.database;
    return server;
}

/// The ticket as arm and restore compare it.
ArmingTicket compared(const Scene& scene, GateSide& gate, ArmingTicket ticket) {
    if (scene.has_bug(Bug::arm_ignores_server)) ticket.server = gate.identity();
    if (scene.has_bug(Bug::arm_ignores_other_armer) && gate.memory) gate.memory->fields.arming = ticket.epoch;
    return ticket;
}

/// The mark as close, reopen, give_up and open_and_arm compare it.
GateMark compared(const Scene& scene, const GateMark& seen) {
    const auto& memory = scene.gate().memory;
    if (!scene.has_bug(Bug::gate_compares_no_token) || !memory) return seen;
    return {seen.round, memory->fields.token};
}

/// What a claim would make of a gate that is not there.
GateState empty_gate(const Scene& scene, Round round, const ServerIdentity& server) {
    GateMemory gate;
    const auto created = create(gate, {round, Limit(scene.bounds().limit), {}, "claim"}, server);
    std::ignore = created && open_and_arm(gate, {round, "claim"}, server, server);
    return *gate;
}

/// With the bug: the limit is compared before the first of them, and not again.
std::vector<Result<ClaimReply>> decided_by_one_look(GateState& gate, const std::vector<Application>& applications,
                                                    const ServerIdentity& server) {
    const auto limit = gate.fields.limit;
    if (gate.fields.granted < limit.value()) gate.fields.limit = Limit(limit.value() + std::ssize(applications));
    GateMemory memory = gate;
    auto replies = claim_together(memory, applications, server, Instant{});
    gate = *memory;
    gate.fields.limit = limit;
    return replies;
}

/// With the bug: each is told what the other one was to be told.
void exchange(std::vector<Result<ClaimReply>>& replies, const std::vector<Application>& applications) {
    std::reverse(replies.begin(), replies.end());
    for (std::size_t i = 0; i < replies.size(); ++i) {
        if (replies[i]) replies[i]->grant.user = applications[i].user;
    }
}

std::vector<Result<ClaimReply>> decided_together(const Scene& scene, GateMemory& memory, const std::vector<Application>& applications,
                                                 const ServerIdentity& server) {
    if (scene.has_bug(Bug::limit_checked_once) && memory) return decided_by_one_look(*memory, applications, server);
    if (scene.has_bug(Bug::second_half_is_lost) && applications.size() > 1) {
        auto told = memory;
        std::ignore = claim_together(memory, std::span(applications).first(applications.size() / 2), server, Instant{});
        return claim_together(told, applications, server, Instant{});
    }
    auto replies = claim_together(memory, applications, server, Instant{});
    if (scene.has_bug(Bug::answers_are_exchanged)) exchange(replies, applications);
    return replies;
}

} // namespace

Result<ClaimReply> call_claim(Scene& scene, const Application& application) {
    return call_claims(scene, {application}).front();
}

std::vector<Result<ClaimReply>> call_claims(Scene& scene, const std::vector<Application>& applications) {
    auto gate = scene.gate();
    if (!gate.memory && scene.has_bug(Bug::missing_gate_is_empty))
        gate.memory = empty_gate(scene, applications.front().round, gate.identity());
    const bool ignores_arming = scene.has_bug(Bug::grant_ignores_arming);
    const auto server = ignores_arming ? seen_by(gate, true) : identity_in(scene, gate);
    const auto arming = gate.memory ? gate.memory->fields.arming : std::nullopt;
    const bool has_outbox = !gate.memory || !scene.has_bug(Bug::no_outbox);
    const auto outbox = has_outbox ? std::map<UserId, PendingClaim>{} : gate.memory->outbox;
    if (ignores_arming && gate.memory) gate.memory->fields.arming.reset();
    if (scene.has_bug(Bug::grant_ignores_holes) && gate.memory) gate.memory->fields.free = {};
    auto replies = decided_together(scene, gate.memory, applications, server);
    if (ignores_arming && gate.memory) gate.memory->fields.arming = arming;
    if (!has_outbox) {
        gate.memory->fields.published += std::ssize(gate.memory->outbox) - std::ssize(outbox);
        gate.memory->outbox = outbox;
    }
    scene.set(gate);
    return replies;
}

std::optional<Slot> slot_to_be_granted(const Scene& scene, const Application& application) {
    auto gate = scene.gate();
    const auto reply = claim(gate.memory, application, gate.identity(), Instant{});
    const bool is_new = reply && gate.memory->fields.granted > scene.gate().memory->fields.granted;
    return is_new ? std::optional(reply->grant.slot) : std::nullopt;
}

Result<ClaimReply> call_claim_of(Scene& scene, const Application& application, Slot slot) {
    auto gate = scene.gate();
    if (!gate.memory || gate.memory->fields.round != application.round) return Fault{FaultKind::missing, "there is no such gate", {}};
    auto& fields = gate.memory->fields;
    gate.memory->claims[application.user] = {application.user, slot, application.id};
    gate.memory->outbox[application.user] = {application.user, slot, Instant{}, fields.epoch};
    ++fields.granted;
    scene.set(gate);
    ClaimReply reply;
    reply.kind = ClaimReply::Kind::granted;
    reply.grant = {application.round, fields.epoch, slot, application.user, Instant{}};
    return reply;
}

void release(Scene& scene, const Grant& grant) {
    auto gate = scene.gate();
    if (!gate.memory || gate.memory->fields.round != grant.round || gate.memory->claims.erase(grant.user) == 0) return;
    auto& fields = gate.memory->fields;
    --fields.granted;
    if (gate.memory->outbox.erase(grant.user) == 0) --fields.published;
    std::vector<Slot> taken;
    for (const auto& [user, claim] : gate.memory->claims)
        taken.push_back(claim.slot);
    fields.free = SlotRanges::holes_in(std::move(taken));
    scene.set(gate);
}

Result<ConfirmReply> call_confirm(Scene& scene, const Grant& grant) {
    auto gate = scene.gate();
    auto compared_grant = grant;
    if (scene.has_bug(Bug::confirm_ignores_epoch) && gate.memory) compared_grant.epoch = gate.memory->fields.epoch;
    if (scene.has_bug(Bug::confirm_ignores_round) && gate.memory) compared_grant.round = gate.memory->fields.round;
    const bool ignores_arming = scene.has_bug(Bug::confirm_ignores_arming);
    const auto server = ignores_arming ? seen_by(gate, true) : identity_in(scene, gate);
    const auto fields = gate.memory ? std::optional(gate.memory->fields) : std::nullopt;
    if (ignores_arming && gate.memory) gate.memory->fields.arming.reset();
    const bool ignores_door = scene.has_bug(Bug::given_up_gate_confirms);
    if (ignores_door && gate.memory) gate.memory->fields.door = GateDoor::closed;
    auto reply = confirm(gate.memory, compared_grant, server);
    if (ignores_arming && gate.memory) gate.memory->fields.arming = fields->arming;
    if (ignores_door && gate.memory) gate.memory->fields.door = fields->door;
    if (reply && *reply == ConfirmReply::went_back) {
        scene.note(Situation::roll_back_noticed);
        if (scene.has_bug(Bug::going_back_is_gone)) {
            gate.memory->fields.armed_with = fields->armed_with;
            reply = ConfirmReply::gone;
        }
    }
    if (reply && *reply == ConfirmReply::gone) scene.note(Situation::confirm_gone);
    scene.set(gate);
    return reply;
}

Result<ArmingTicket> call_begin(Scene& scene, const RoundFacts& highest, const std::string& token) {
    auto gate = scene.gate();
    auto facts = highest;
    if (scene.has_bug(Bug::epoch_ignores_ledger)) facts.epoch = Epoch(1);
    const auto key = gate.memory ? gate.memory->fields.key : std::nullopt;
    if (scene.has_bug(Bug::seals_are_ignored) && gate.memory) gate.memory->fields.key = facts.key;
    const bool was_armed = gate.memory && !gate.memory->fields.armed_with.run_id.empty();
    auto ticket = begin_arming(gate.memory, facts, token, gate.identity());
    gate.is_armed_again = gate.is_armed_again || (ticket && gate.went_back);
    if (ticket && was_armed) scene.note(Situation::rollback_detected);
    if (scene.has_bug(Bug::seals_are_ignored) && key) {
        gate.memory->fields.key = key;
        if (ticket) ticket->seal = key->seal();
    }
    // Nobody but a bound gate is told from an old copy.
    if (ticket && !scene.bounds().is_bound()) {
        gate.memory->fields.is_old_copy = ticket->is_old_copy = false;
        ticket->remembered.reset();
    }
    if (ticket && scene.has_bug(Bug::old_copy_is_forgotten)) gate.memory->fields.is_old_copy = false;
    scene.set(gate);
    return ticket;
}

Status call_drop(Scene& scene, const ArmingTicket& ticket, const std::vector<UserId>& voided) {
    auto gate = scene.gate();
    auto status = drop(gate.memory, ticket, voided, gate.identity());
    if (status) scene.note(Situation::void_claim_dropped);
    scene.set(gate);
    return status;
}

Status call_restore(Scene& scene, const ArmingTicket& ticket, const std::vector<RestoredClaim>& missing) {
    auto gate = scene.gate();
    const auto shown = compared(scene, gate, ticket);
    auto status = restore(gate.memory, shown, missing, gate.identity());
    if (status) scene.note(Situation::claim_restored);
    scene.set(gate);
    return status;
}

Status call_arm(Scene& scene, const ArmingTicket& ticket, const ArmOrder& order) {
    auto gate = scene.gate();
    auto shown_order = order;
    if (scene.has_bug(Bug::arm_ignores_closed_ledger)) shown_order.ledger_closed = false;
    const auto outbox = gate.memory ? gate.memory->outbox : std::map<UserId, PendingClaim>{};
    const auto shown = compared(scene, gate, ticket);
    auto status = arm(gate.memory, shown, shown_order, gate.identity());
    if (status && gate.is_armed_again) gate.went_back = gate.is_armed_again = false;
    if (status) scene.note(Situation::gate_armed_again);
    if (status && !order.free.empty()) scene.note(Situation::gate_armed_with_holes);
    if (!status && status.fault().kind == FaultKind::conflict) scene.note(Situation::arming_overtaken);
    if (status && scene.has_bug(Bug::outbox_keeps_old_epoch)) gate.memory->outbox = outbox;
    scene.set(gate);
    return status;
}

void call_disarm(Scene& scene, Round round, Epoch epoch) {
    auto gate = scene.gate();
    if (disarm(gate.memory, round, epoch, key_of_round().seal())) scene.note(Situation::roll_back_noticed);
    scene.set(gate);
}

Result<Shut> call_shut(Scene& scene, const std::optional<std::string>& mine, const std::string& token) {
    auto gate = scene.gate();
    const auto left = shut(gate.memory, mine, token);
    scene.set(gate);
    return left;
}

Status call_mark_told(Scene& scene, const GateMark& seen, const std::string& token) {
    auto gate = scene.gate();
    auto status = mark_told(gate.memory, seen, token);
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
    auto mark = compared(scene, seen);
    const bool is_marked = gate.memory && gate.memory->fields.untold;
    if (scene.has_bug(Bug::reopen_compares_nothing) && gate.memory) {
        mark.token = gate.memory->fields.token;
        gate.memory->fields.untold = false;
    }
    auto status = reopen(gate.memory, mark, token, {});
    if (gate.memory) gate.memory->fields.untold = is_marked;
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
    if (scene.has_bug(Bug::gate_compares_no_token) && gate.memory) gate.memory->fields.token = fresh.token;
    auto created = create(gate.memory, fresh, gate.identity());
    if (created && scene.has_bug(Bug::new_gate_is_armed)) {
        gate.memory->fields.armed_with = gate.identity();
        gate.memory->fields.door = GateDoor::open;
    }
    if (created) scene.set(gate);
    return created;
}

Status call_open_and_arm(Scene& scene, const GateMark& mine, const ServerIdentity& created_with) {
    auto gate = scene.gate();
    const bool ignores_all = scene.has_bug(Bug::open_compares_nothing) && gate.memory;
    if (ignores_all) gate.memory->fields.arming.reset();
    const auto mark = ignores_all ? GateMark{gate.memory->fields.round, gate.memory->fields.token} : compared(scene, mine);
    const auto server = ignores_all || scene.has_bug(Bug::open_ignores_server) ? gate.identity() : created_with;
    auto status = open_and_arm(gate.memory, mark, server, gate.identity());
    scene.set(gate);
    return status;
}

} // namespace coupon::model
