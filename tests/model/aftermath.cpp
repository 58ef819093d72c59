#include "model/aftermath.hpp"

#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/places.hpp"

namespace coupon::model {

namespace {

constexpr int most_rounds_of_work = 6;

void read_to_the_end(Scene& scene) {
    for (std::size_t i = 0; i < scene.topic().partitions.size(); ++i) {
        while (scene.topic().partitions[i].position < static_cast<std::int64_t>(scene.topic().partitions[i].records.size()))
            if (!issue_next(scene, i)) return;
    }
    auto topic = scene.topic();
    for (auto& log : topic.partitions)
        log.committed = log.position;
    scene.set(topic);
}

/// May the highest round's gate be armed at all?
bool is_armable(const Scene& scene) {
    if (scene.bounds().is_bound()) return is_to_be_armed(scene, 0);
    const auto highest = scene.ledger().highest();
    if (!highest || (highest->state != RoundState::open && highest->state != RoundState::closed)) return false;
    const auto& memory = scene.gate().memory;
    return !memory || memory->fields.round < highest->round ||
           (memory->fields.round == highest->round && memory->fields.door != GateDoor::given_up);
}

void arm(Scene& scene) {
    scene.set(0, armer_that_begins(scene, 0));
    while (advance_armer(scene, 0)) {
    }
}

void append(Scene& scene, const Grant& grant) {
    auto topic = scene.topic();
    topic.append(grant);
    scene.set(topic);
}

/// A claim without a row is republished, as flow/worker/redrive.cpp does: a ledger that fell back has lost rows, and a gate that went back
/// may have confirmed what is fenced.
void redrive_missing(Scene& scene) {
    if (scene.bounds().ledger_losses == 0 && scene.bounds().log_losses == 0 && !scene.bounds().goes_back) return;
    const auto& memory = *scene.gate().memory;
    Redriver look;
    look.round = memory.fields.round;
    look.epoch = memory.fields.epoch;
    for (const auto& [user, claim] : memory.claims)
        look.claims.push_back({user, claim.slot});
    for (const auto& claim : missing_claims(scene, look))
        append(scene, {look.round, look.epoch, claim.slot, claim.user, Instant{}});
    read_to_the_end(scene);
}

void redrive_pending(Scene& scene) {
    const auto before = *scene.gate().memory;
    for (const auto& [user, pending] : before.outbox) {
        const Grant grant{before.fields.round, pending.epoch, pending.slot, user, Instant{}};
        append(scene, grant);
        std::ignore = call_confirm(scene, grant);
    }
    read_to_the_end(scene);
    redrive_missing(scene);
}

/// Nothing is on its way any more, so each claim has its row: what redrive_missing would publish is what was lost.
std::string claims_without_rows(const Scene& scene) {
    const auto& memory = scene.gate().memory;
    const auto row = memory ? scene.ledger().rows.rounds.find(memory->fields.round) : scene.ledger().rows.rounds.end();
    if (row == scene.ledger().rows.rounds.end() || row->second.state == RoundState::abandoned || !is_gate_armed(scene)) return {};
    Redriver look;
    look.round = memory->fields.round;
    for (const auto& [user, claim] : memory->claims)
        look.claims.push_back({user, claim.slot});
    const auto missing = missing_claims(scene, look);
    return missing.empty() ? "" : "I7: nothing is on its way, and the claim of user " + missing.front().user.text() + " has no row";
}

/// Both memories are the one worker's.
void compare(Scene& scene) {
    for (std::size_t i = 0; scene.bounds().is_bound() && i < most_workers; ++i)
        scene = looked_at(scene, i);
}

/// A fresh worker, which has all partitions. It looks before it issues anything, so it knows of an arming that the ledger lost.
void begin(Scene& scene) {
    Workers workers;
    workers.each.fill({Epoch(0), false});
    scene.set(workers);
    scene.set(RollBackWatcher{});
    if (!scene.has_bug(Bug::issue_before_look)) compare(scene);
}

/// The looks between two batches.
void look(Scene& scene) {
    compare(scene);
    if (scene.bounds().goes_back) watch_for_roll_back(scene);
    if (scene.bounds().are_closed()) watch_until_quiet(scene);
}

std::string work(Scene& scene) {
    auto topic = scene.topic();
    for (auto& log : topic.partitions)
        log.position = std::max(log.committed, log.low);
    scene.set(topic);
    begin(scene);
    for (int i = 0; i < most_rounds_of_work; ++i) {
        const auto before = scene.state();
        read_to_the_end(scene);
        look(scene);
        if (!is_counted(scene) && is_armable(scene)) arm(scene);
        if (is_counted(scene)) redrive_pending(scene);
        if (scene.state() != before) continue;
        if (is_counted(scene)) return claims_without_rows(scene);
        if (is_armable(scene)) return "aftermath: the gate cannot be armed again";
        return scene.bounds().is_bound() ? "aftermath: the right gate does not count any more" : claims_without_rows(scene);
    }
    return "aftermath: the worker comes to no end: it publishes the same claims again and again";
}

/// Runs one more reset to its end, alone. Why it did not open a round; empty when it did.
std::string reset_once_more(const Scene& scene) {
    constexpr int most_calls = 60;
    const auto highest = scene.ledger().highest();
    Scene now = scene;
    Resetter last;
    last.runs = true;
    last.way = Resetting("the last reset", highest && highest->state == RoundState::abandoned ? Force::yes : Force::no);
    now.set(0, last);
    for (int i = 0; i < most_calls && now.resetter(0).runs; ++i) {
        std::optional<Scene> next;
        advance_resetter(now, 0, [&](Act, std::size_t, const Scene& after) { next = after; });
        now = *next;
    }
    const auto& memory = now.gate().memory;
    const bool is_open = is_gate_armed(now) && memory->fields.door == GateDoor::open && memory->claims.empty();
    const auto row = now.ledger().highest();
    const bool is_new =
        row && row->owner == "the last reset" && row->state == RoundState::open && memory && memory->fields.round == row->round;
    return is_open && is_new ? "" : "aftermath: one more reset opens no round\n" + now.describe();
}

} // namespace

std::size_t Aftermaths::Hash::operator()(const Cause& cause) const noexcept {
    return ((std::size_t{cause.gate} << 32U) ^ cause.ledger) * 0x9e3779b97f4a7c15U + cause.topic * 0xbf58476d1ce4e5b9U;
}

const Aftermath& Aftermaths::of(const Scene& scene) {
    const auto& state = scene.state();
    const Cause cause{state[component::gate], state[component::ledger], state[component::topic]};
    const auto [at, is_new] = known_.emplace(cause, Aftermath{});
    if (is_new) {
        Scene after = scene;
        auto trouble = work(after);
        if (trouble.empty() && scene.bounds().resets > 0) trouble = reset_once_more(after);
        at->second = {after.state()[component::gate], after.state()[component::ledger], trouble};
    }
    return at->second;
}

} // namespace coupon::model
