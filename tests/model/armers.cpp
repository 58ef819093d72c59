#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/places.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

using Step = Armer::Step;

/// flow/worker/arming.cpp, claims_on_topic: false when the topic contradicts itself.
bool read_claims_on_topic(const Scene& scene, Armer& armer) {
    for (const auto& [partition, stored_end] : armer.ends) {
        const auto& log = scene.topic().partitions[static_cast<std::size_t>(partition)];
        const auto end = armer.topic_ends.empty() ? stored_end : armer.topic_ends.at(partition);
        for (auto offset = log.low; offset < std::min(end, std::ssize(log.records)); ++offset) {
            const auto& grant = log.records[static_cast<std::size_t>(offset)];
            const SourcePosition at{partition, offset};
            if (grant.round != armer.row.round || armer.failed.contains(identity_at(scene, at))) continue;
            auto row = armer.row;
            if (scene.has_bug(Bug::signatures_are_ignored)) row.key.reset();
            if (admit(signed_record(scene, at, grant), at, &row, armer.fences).admission != Admission::issue) continue;
            const auto [own, is_new] = armer.known.topic.emplace(grant.user, grant.slot);
            if (own->second != grant.slot) return false;
        }
    }
    return true;
}

std::map<UserId, Slot> rows_of(const LedgerSide& ledger, Round round) {
    std::map<UserId, Slot> rows;
    for (const auto& [key, slot] : ledger.rows.slot_of) {
        if (key.first == round) rows.emplace(key.second, slot);
    }
    return rows;
}

/// The ledger is in a lower epoch than this very server remembers: it lost an arming, and the fence with it. The new one begins at 0.
void begin_fence_at_zero(const Scene& scene, Armer& armer) {
    if (!scene.bounds().is_bound() || scene.has_bug(Bug::fence_after_lost_one)) return;
    const auto epoch = scene.ledger().highest()->epoch;
    const auto remembered = armer.ticket.remembered.value_or(Epoch(0));
    if (remembered > epoch) {
        armer.topic_ends = armer.ends;
        for (auto& [partition, end] : armer.ends)
            end = 0;
    } else if (armer.facts.met > epoch) {
        armer.lost = armer.facts.met;
    }
}

/// Nothing before the fence is still to be issued.
bool is_issued_up_to(const TopicSide& topic, const std::map<std::int32_t, std::int64_t>& ends) {
    return std::all_of(ends.begin(), ends.end(), [&](const auto& end) {
        const auto& log = topic.partitions[static_cast<std::size_t>(end.first)];
        return std::max(log.low, log.committed) >= end.second;
    });
}

/// Where the gate is that is being armed.
ArmingPlace place_of(const Scene& scene, const ArmingTicket& ticket) {
    const bool ignores = scene.has_bug(Bug::gate_made_anywhere) || scene.has_bug(Bug::copy_armed_anywhere);
    return {ticket.server.run_id, ticket.server.database, address_of(scene.place()), ignores};
}

/// Workers look three times a second: no ledger falls back between an arming and the looks that meet it. Who has not looked yet, meets
/// nothing.
void meet(Scene& scene, Epoch epoch) {
    auto workers = scene.workers();
    for (auto& one : workers.each)
        if (one.has_looked) one.met = std::max(one.met, epoch);
    scene.set(workers);
}

/// The record by which the log is known that ended there.
std::optional<RecordIdentity> last_before(const Armer& armer, std::int32_t partition, std::int64_t end) {
    const auto log = armer.logs.find(partition);
    if (log == armer.logs.end() || end == 0) return std::nullopt;
    return RecordIdentity{{partition, end - 1}, {Instant(Milliseconds(log->second)), {}}};
}

bool store_fence(Scene& scene, Armer& armer) {
    auto ledger = scene.ledger();
    const auto highest = ledger.highest();
    auto row = raise_epoch_row(highest, armer.ticket.round, armer.ticket.epoch, place_of(scene, armer.ticket));
    const bool is_same_round = highest && highest->round == armer.ticket.round;
    const bool is_running = is_same_round && (highest->state == RoundState::open || highest->state == RoundState::closed);
    const bool ignores = (scene.has_bug(Bug::fence_ignores_stored_epoch) && is_running) ||
                         (scene.has_bug(Bug::fence_ignores_round_state) && is_same_round && armer.ticket.epoch > highest->epoch);
    if (!row && ignores) {
        auto forced = *highest;
        forced.epoch = armer.ticket.epoch;
        row = forced;
    }
    if (!row) return false;
    if (!scene.bounds().is_bound()) row->home = {};
    ledger.rows.rounds[row->round] = *row;
    armer.row = *row;
    const auto ends = scene.has_bug(Bug::fence_end_taken_late) ? scene.topic().ends() : armer.ends;
    if (armer.lost) {
        for (const auto& [partition, end] : ends)
            ledger.rows.fences[row->round].push_back({*armer.lost, partition, 0});
    }
    if (!scene.has_bug(Bug::fence_not_stored)) {
        for (const auto& [partition, end] : ends)
            ledger.rows.fences[row->round].push_back({armer.ticket.epoch, partition, end, last_before(armer, partition, end)});
    }
    scene.set(ledger);
    if (scene.bounds().is_bound()) meet(scene, armer.ticket.epoch);
    return true;
}

/// What the gate still has, but for pending claims of an old copy that nothing else speaks for.
void read_gate(const Scene& scene, Armer& armer) {
    const auto& memory = *scene.gate().memory;
    for (const auto& [user, claim] : memory.claims)
        armer.known.gate.emplace(user, claim.slot);
    if (!armer.ticket.is_old_copy || scene.has_bug(Bug::old_copy_is_believed)) return;
    std::vector<PendingClaim> outbox;
    for (const auto& [user, pending] : memory.outbox)
        outbox.push_back(pending);
    for (const auto& claim : unproven_pending(outbox, armer.known, armer.ticket.epoch)) {
        armer.voided.push_back(claim.user);
        armer.known.gate.erase(claim.user);
    }
}

/// flow/worker/arming.cpp: where the ledger has all that it will ever issue, rows win over claims.
void let_rows_win(Armer& armer) {
    for (const auto& claim : claims_against_rows(armer.known, armer.ticket.epoch)) {
        armer.voided.push_back(claim.user);
        armer.known.gate.erase(claim.user);
        armer.known.topic.erase(claim.user);
    }
}

bool plan(const Scene& scene, Armer& armer) {
    if (!scene.gate().memory) return false;
    read_gate(scene, armer);
    auto restore = plan_restore(armer.known, armer.row.limit);
    if (!restore.contradictions.empty() && armer.is_issued && !scene.has_bug(Bug::rows_do_not_win)) {
        let_rows_win(armer);
        restore = plan_restore(armer.known, armer.row.limit);
    }
    if (!restore.contradictions.empty()) return false;
    armer.missing = restore.missing;
    armer.order = restore.order;
    armer.order.ledger_closed = armer.row.state == RoundState::closed;
    armer.known = {};
    armer.ends.clear();
    armer.logs.clear();
    return true;
}

/// One call; false on a fault, which ends the attempt.
bool call(Scene& scene, Armer& armer) {
    const bool rows_first = scene.has_bug(Bug::rows_read_before_fence);
    const bool is_bound = scene.bounds().is_bound();
    switch (armer.step) {
    case Step::idle: return false;
    case Step::begin: {
        const auto ticket = call_begin(scene, armer.facts, "armer");
        if (!ticket) return false;
        armer.ticket = *ticket;
        const auto met = armer.facts.met;
        armer.facts = {};
        armer.facts.met = met;
        armer.step = Step::take_ends;
        return true;
    }
    case Step::take_ends:
        compare_logs(scene);
        armer.ends = scene.topic().ends();
        if (scene.bounds().log_losses > 0) armer.logs = scene.topic().logs();
        begin_fence_at_zero(scene, armer);
        if (rows_first) armer.known.ledger = rows_of(scene.ledger(), armer.ticket.round);
        armer.step = Step::store_fence;
        return true;
    case Step::store_fence: armer.step = Step::read_ledger; return store_fence(scene, armer);
    case Step::read_ledger:
        armer.is_issued = is_bound && is_issued_up_to(scene.topic(), armer.ends);
        if (!rows_first) armer.known.ledger = rows_of(scene.ledger(), armer.ticket.round);
        armer.fences = scene.ledger().rows.fences.contains(armer.ticket.round) ? scene.ledger().rows.fences.at(armer.ticket.round)
                                                                               : std::vector<Fence>{};
        for (const auto& [record, grant] : scene.ledger().failed)
            armer.failed.insert(record);
        armer.step = scene.has_bug(Bug::topic_not_restored) ? Step::read_gate : Step::read_topic;
        return true;
    case Step::read_topic: {
        const bool is_sound = read_claims_on_topic(scene, armer);
        armer.fences.clear();
        armer.failed.clear();
        armer.step = Step::read_gate;
        if (is_bound) return is_sound || armer.is_issued;
        // Where rows and records contradict each other no gate can make it good, and in what else they agree is all that counts.
        if (!is_sound || !plan_restore(armer.known, armer.row.limit).contradictions.empty()) return false;
        armer.known.ledger.merge(armer.known.topic);
        armer.known.topic.clear();
        armer.row.owner.clear();
        armer.ends.clear();
        return true;
    }
    case Step::read_gate:
        if (!plan(scene, armer)) return false;
        armer.step = !armer.voided.empty() ? Step::drop : armer.missing.empty() ? Step::arm : Step::restore;
        return true;
    case Step::drop: {
        const auto dropped = call_drop(scene, armer.ticket, armer.voided);
        armer.voided.clear();
        armer.step = armer.missing.empty() ? Step::arm : Step::restore;
        return static_cast<bool>(dropped);
    }
    case Step::restore: {
        const auto restored = call_restore(scene, armer.ticket, armer.missing);
        armer.missing.clear();
        armer.step = Step::arm;
        return static_cast<bool>(restored);
    }
    case Step::arm: std::ignore = call_arm(scene, armer.ticket, armer.order); return false;
    }
    return false;
}

Act act_of(Step step) {
    switch (step) {
    case Step::idle: return Act::arming_reads_round;
    case Step::begin: return Act::arming_begins;
    case Step::take_ends: return Act::arming_takes_ends;
    case Step::store_fence: return Act::arming_stores_fence;
    case Step::read_ledger: return Act::arming_reads_ledger;
    case Step::read_topic: return Act::arming_reads_topic;
    case Step::read_gate: return Act::arming_reads_gate;
    case Step::drop: return Act::arming_drops;
    case Step::restore: return Act::arming_restores;
    case Step::arm: return Act::arming_arms;
    }
    return Act::none;
}

} // namespace

bool is_gate_armed(const Scene& scene) {
    return scene.gate().memory && is_armed(scene.gate().memory->fields, scene.gate().identity());
}

Armer armer_that_begins(const Scene& scene, std::size_t worker) {
    Armer armer;
    const auto highest = scene.ledger().highest();
    // An arming is what comes of a look.
    const auto seen = scene.bounds().is_bound() ? looked_at(scene, worker) : scene;
    if (!highest || !is_to_be_armed(seen, worker)) return armer;
    armer.facts = highest->facts();
    if (scene.bounds().is_bound()) armer.facts.met = seen.workers().each.at(worker).met;
    armer.step = Step::begin;
    return armer;
}

bool advance_armer(Scene& scene, std::size_t who) {
    auto armer = scene.armer(who);
    const bool goes_on = call(scene, armer);
    scene.set(who, goes_on ? armer : Armer{});
    return goes_on;
}

void step_armer(const Scene& scene, std::size_t who, const Take& take) {
    const auto step = scene.armer(who).step;
    if (step != Step::idle) {
        Scene after = scene;
        std::ignore = advance_armer(after, who);
        return take(act_of(step), who, after);
    }
    if (!scene.has_left(Left::armings)) return;
    // At home either worker may begin, and they are alike but for what they have met.
    std::optional<State> first;
    for (auto worker = worker_at(scene); worker < most_workers; ++worker) {
        const auto begun = armer_that_begins(scene, worker);
        if (begun.step == Step::idle) continue;
        Scene after = scene;
        after.use(Left::armings);
        after.set(who, begun);
        if (first != after.state()) take(act_of(step), who, after);
        if (!first) first = after.state();
        if (!scene.bounds().is_bound() || scene.bounds().has_other_gate()) return;
    }
}

} // namespace coupon::model
