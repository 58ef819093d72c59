#include "model/forgetting.hpp"

#include "model/actors.hpp"
#include "model/spent.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

/// The gate may still lose something, now or by a moment kept for it.
bool can_lose(const Scene& scene) {
    return scene.has_left(Left::losses) || scene.saved() != nullptr;
}

bool can_be_reset(const Scene& scene) {
    if (scene.has_left(Left::resets)) return true;
    for (std::size_t i = 0; i < most_resetters; ++i) {
        if (scene.resetter(i).runs) return true;
    }
    return false;
}

bool is_running(RoundState state) {
    return state == RoundState::open || state == RoundState::closed;
}

/// An attempt to arm that will end without having changed anything.
/// At begin: the round it has read is not one whose gate may be armed; or its gate is armed, or of a later round, and will not be lost: it
/// stays armed then until there is a gate of a later round.
/// Before its fence is stored: its epoch is not above the stored one, or its round is over. Epochs and rounds only rise.
/// After that: the gate's server is another one, or its `arming`. Neither comes back, for servers are never the same again and `arming`
/// only rises, so restore and arm will refuse.
bool has_no_effect_left(const Scene& scene, const Armer& armer) {
    const auto& memory = scene.gate().memory;
    switch (armer.step) {
    case Armer::Step::idle: return false;
    case Armer::Step::begin:
        if (!is_running(armer.facts.state)) return true;
        if (can_lose(scene) || !memory) return false;
        return memory->fields.round > armer.facts.round || (memory->fields.round == armer.facts.round && is_gate_armed(scene));
    case Armer::Step::take_ends:
    case Armer::Step::store_fence: {
        const auto& highest = scene.ledger().rows.rounds.rbegin()->second;
        return highest.round != armer.ticket.round || !is_running(highest.state) || armer.ticket.epoch <= highest.epoch;
    }
    case Armer::Step::read_ledger:
    case Armer::Step::read_topic:
    case Armer::Step::read_gate:
    case Armer::Step::drop:
    case Armer::Step::restore:
    case Armer::Step::arm: break;
    }
    return !memory || memory->fields.round != armer.ticket.round || memory->fields.arming != armer.ticket.epoch ||
           scene.gate().identity() != armer.ticket.server;
}

/// What an armer has read of the round counts where the gate is missing or of an older round; where it is there, and will not be lost, only
/// an epoch above the gate's own.
RoundFacts facts_that_count(const Scene& scene, const Armer& armer) {
    auto facts = armer.facts;
    const auto& memory = scene.gate().memory;
    if (armer.step != Armer::Step::begin || can_lose(scene) || !memory || memory->fields.round != facts.round) return facts;
    facts.state = RoundState::open;
    if (facts.epoch <= memory->fields.epoch) facts.home_run_id.clear(); // no copy is older than that
    facts.epoch = std::max(facts.epoch, memory->fields.epoch);
    if (memory->fields.arming) facts.epoch = std::max(facts.epoch, *memory->fields.arming);
    return facts;
}

void forget_armers(Scene& scene) {
    for (std::size_t i = 0; i < most_armers; ++i) {
        const auto& armer = scene.armer(i);
        if (armer.step == Armer::Step::idle) continue;
        if (has_no_effect_left(scene, armer)) {
            scene.set(i, Armer{});
            continue;
        }
        const auto facts = facts_that_count(scene, armer);
        const bool is_same_home = facts.home_run_id == armer.facts.home_run_id;
        if (facts.state == armer.facts.state && facts.epoch == armer.facts.epoch && is_same_home) continue;
        auto forgetful = armer;
        forgetful.facts = facts;
        scene.set(i, forgetful);
    }
    // A gate that is armed, and will neither be lost nor be another round's, is not armed again.
    const bool stays = !can_lose(scene) && !can_be_reset(scene);
    if (stays && scene.has_left(Left::armings) && is_gate_armed(scene)) scene.forget(Left::armings);
}

/// Tokens, owners and the ends of a purge are compared and read by resets alone; those of the gate are renamed (renaming.cpp).
void forget_owners(Scene& scene) {
    const auto& rounds = scene.ledger().rows.rounds;
    const bool has_owner = std::any_of(rounds.begin(), rounds.end(), [](const auto& row) { return !row.second.owner.empty(); });
    if ((!has_owner && scene.ledger().purge_offsets.empty()) || can_be_reset(scene)) return;
    auto ledger = scene.ledger();
    for (auto& [round, row] : ledger.rows.rounds)
        row.owner.clear();
    ledger.purge_offsets.clear();
    scene.set(ledger);
}

/// A redrive drops a claim that has its row when it reads the rows, and rows are never taken away. What it would publish is spent, or its
/// round is no longer issued into: it ends without effect, so it need not have begun. The same where its second look will find that the
/// gate is another one: a gate that is not armed is armed again in a later epoch.
void forget_redriver(Scene& scene) {
    const auto& redriver = scene.redriver();
    const bool is_listed = redriver.step == Redriver::Step::pending_listed;
    if (redriver.step < Redriver::Step::pending_listed || redriver.step == Redriver::Step::missing_seen) return;
    const auto is_idle_claim = [&](const ClaimedSlot& claim) {
        return is_spent_if_published(scene, {redriver.round, redriver.epoch, claim.slot, claim.user, Instant{}});
    };
    const auto is_idle_pending = [&](const PendingClaim& pending) {
        const Grant grant{redriver.round, pending.epoch, pending.slot, pending.user, Instant{}};
        return is_spent_if_published(scene, grant) && !can_be_confirmed(scene, grant);
    };
    const auto idle = static_cast<std::size_t>(std::count_if(redriver.claims.begin(), redriver.claims.end(), is_idle_claim) +
                                               std::count_if(redriver.outbox.begin(), redriver.outbox.end(), is_idle_pending));
    const auto round = scene.ledger().rows.rounds.find(redriver.round);
    const bool is_over = round == scene.ledger().rows.rounds.end() || !is_running(round->second.state);
    if (idle == redriver.claims.size() + redriver.outbox.size() || (is_over && !is_listed) || !can_still_publish(scene)) {
        scene.set(Redriver{});
        scene.give_back(Left::redrives);
    } else if (idle > 0) {
        auto forgetful = redriver;
        std::erase_if(forgetful.claims, is_idle_claim);
        std::erase_if(forgetful.outbox, is_idle_pending);
        scene.set(forgetful);
    }
}

/// Nobody is left who could be given a claim.
bool is_everybody_told(const Scene& scene) {
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        if (!scene.applicant(i).is_told()) return false;
    }
    return scene.air().claims.empty() && scene.air().together.empty();
}

/// A reset is at work on the gate of the newest round, or about to make it.
bool is_new_gate_in_work(const Scene& scene) {
    const auto& reset = scene.resetter(0);
    return reset.runs && reset.way.new_round() != Round(0) && scene.gate().memory &&
           scene.gate().memory->fields.round == scene.ledger().rows.rounds.rbegin()->first;
}

/// Where nobody is left to come in, an open gate is like a closed one, but to the reset that is about to open it; and whose application a
/// claim was makes no difference.
void forget_applications(Scene& scene) {
    if (scene.bounds().resets > 1 || !is_everybody_told(scene)) return;
    const auto forgotten = [&](GateSide gate) {
        for (auto& [user, claim] : gate.memory->claims)
            claim.application.clear();
        if (gate.memory->fields.door == GateDoor::open) gate.memory->fields.door = GateDoor::closed;
        return gate;
    };
    if (scene.gate().memory && !is_new_gate_in_work(scene)) scene.set(forgotten(scene.gate()));
    if (scene.saved() != nullptr && !is_new_gate_in_work(scene)) scene.save(forgotten(*scene.saved()));
}

/// Where nobody is left to come in either, a gate whose claims have all been published and have rows, and that will not be lost, needs no
/// redrive.
void forget_redrives(Scene& scene) {
    if (!scene.has_left(Left::redrives) || can_lose(scene) || scene.redriver().step != Redriver::Step::idle) return;
    if (!is_everybody_told(scene) || !is_gate_armed(scene) || !scene.gate().memory->outbox.empty()) return;
    const auto& fields = scene.gate().memory->fields;
    const auto& rows = scene.ledger().rows.slot_of;
    const auto issued = std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.first.first == fields.round; });
    if (issued == fields.granted) scene.forget(Left::redrives);
}

} // namespace

void forget_what_is_over(Scene& scene) {
    forget_applications(scene);
    forget_armers(scene);
    forget_redriver(scene);
    forget_redrives(scene);
    forget_owners(scene);
}

} // namespace coupon::model
