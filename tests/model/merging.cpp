#include "model/merging.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

/// The round that is read at the start is compared by every request. Where the gate's round changed before the first request arrives, the
/// answer is a "no" or a fault without effect: the same as never applying. Where it did not, it could have been read later.
bool follows_start(Act act) {
    return act == Act::application_starts;
}

/// A delivery report changes nothing but what the application remembers. One that comes late is an application that is slow to confirm;
/// one that never comes, an application that is never heard of again.
bool follows_landing(Act act) {
    return act == Act::record_lands;
}

/// An offset that is committed late shows as lag, which makes whoever looks wait, as if he had not looked. What else comes of it, records
/// that come again, happens by the worker's beginning again at any earlier offset.
bool follows_transaction(Act act) {
    return act == Act::worker_issues;
}

/// What a redrive sees first is compared when it looks at the gate again: armed, the same round, the same epoch. Then the gate's memory
/// was continuous in between, and the first look could as well have come just before the reading that follows it; and the second just
/// after the last reading of the gate, for what is armed in an epoch then was so before. Where the second look shows something else the
/// redrive ends, and nothing came of it. The publishing that follows the reading of the rows leaves a record on its way: it may land at
/// any time after.
bool follows_redrive(Act act, const Scene& after) {
    const auto step = after.redriver().step;
    if (act == Act::redrive_looks) return step == Redriver::Step::pending_seen;
    if (act == Act::redrive_looks_for_missing) return step == Redriver::Step::missing_seen;
    if (act == Act::redrive_reads_outbox) return step == Redriver::Step::missing_outbox;
    return act == Act::redrive_reads_rows && step == Redriver::Step::missing_rows;
}

/// Reading rows and topic after the fence was stored. From then on no record at or after W of an older epoch is issued, and none of the new
/// epoch exists. A row that comes in between is of a record before W: it could have been issued before the fence was stored, which does
/// not touch such records. Records before W never change; those that a purge takes meanwhile it could have taken before, for a purge
/// touches nothing that storing and reading the ledger look at. Another armer's later fence may be read too: then this armer's ticket is
/// over, and nothing comes of its readings.
/// Reading the gate's claims: from begin on nobody but the holder of the ticket changes them, or restore and arm refuse.
bool follows_arming(Act act, const Scene& after, std::size_t who) {
    const auto step = after.armer(who).step;
    if (act == Act::arming_stores_fence) return step == Armer::Step::read_ledger;
    if (act == Act::arming_reads_ledger) return step == Armer::Step::read_topic;
    return act == Act::arming_reads_gate && (step == Armer::Step::restore || step == Armer::Step::arm);
}

/// Of a reset that is the only one. Nobody else adds rounds then, or writes another owner: what it reads of the ledger's highest round to
/// compare it stands until it writes; the rounds on the topic are among the ledger's, so that it finds the same highest one at any time.
/// Purging and creating the gate: the purge touches the topic alone, creating the gate alone, so whatever looks at the one between the two
/// does not see the other. Verifying and opening in the ledger: a gate that is lost in between is lost just after as well.
bool follows_reset(Act act, const Scene& after, std::size_t who) {
    const auto& reset = after.resetter(who);
    if (act == Act::reset_starts) return true;
    if (act != Act::reset_calls || !reset.runs || after.bounds().resets > 1) return false;
    switch (reset.way.stage()) {
    case ResetStage::close_round:
    case ResetStage::read_topic:
    case ResetStage::create_gate: return true;
    case ResetStage::finish_opening: return reset.call == 1;
    case ResetStage::read:
    case ResetStage::close_gate:
    case ResetStage::settle:
    case ResetStage::abandon_round:
    case ResetStage::give_up_gate:
    case ResetStage::list_claims:
    case ResetStage::insert_round:
    case ResetStage::purge:
    case ResetStage::open_gate:
    case ResetStage::done:
    case ResetStage::refused: break;
    }
    return false;
}

/// Whether the actor's next step is taken together with the one that led to `after`.
bool is_followed(const Actor& actor, Act act, const Scene& after) {
    // What is argued above holds for the rules as they are.
    if (after.bounds().bug != Bug::none) return false;
    switch (actor.kind) {
    case Actor::Kind::applicant: return follows_start(act) || follows_landing(act);
    case Actor::Kind::worker: return follows_transaction(act);
    case Actor::Kind::redriver: return follows_redrive(act, after);
    case Actor::Kind::armer: return follows_arming(act, after, actor.index);
    case Actor::Kind::resetter: return follows_reset(act, after, actor.index);
    case Actor::Kind::records:
    case Actor::Kind::requests:
    case Actor::Kind::losses: break;
    }
    return false;
}

/// The worker's next step after a transaction is one of several; the commit is the one that belongs to it.
bool belongs(Act first, Act next) {
    return first != Act::worker_issues || next == Act::worker_commits;
}

/// An armer whose ticket is over: the gate's server is another one, or its `arming`. Neither comes back, for servers are never the same
/// again and `arming` only rises, so restore and arm will refuse. Before it has stored its fence it may still do that.
bool has_no_effect_left(const Scene& scene, const Armer& armer) {
    if (armer.step < Armer::Step::read_ledger) return false;
    if (scene.bounds().bug != Bug::none) return false;
    const auto& memory = scene.gate().memory;
    return !memory || memory->fields.round != armer.ticket.round || memory->fields.arming != armer.ticket.epoch ||
           scene.gate().identity() != armer.ticket.server;
}

/// A record that changes nothing wherever it lands or is read: its row is there, or a fence is stored that no place at or after `from`
/// escapes. Neither is ever undone. Arming and redrives learn nothing from it: what it says stands as a row or does not count. As lag it
/// makes others wait, as if they had not looked. A forced reset lists what the topic says of claims without a row, fenced or not.
bool is_spent(const Scene& scene, const Grant& grant, const SourcePosition& from) {
    const auto& rows = scene.ledger().rows;
    const auto slot = rows.slot_of.find({grant.round, grant.user});
    if (slot != rows.slot_of.end() && slot->second == grant.slot) return true;
    if (scene.bounds().forced_resets) return false;
    const auto fences = rows.fences.find(grant.round);
    return fences != rows.fences.end() && is_fenced(grant.epoch, from, fences->second);
}

/// Whether a confirm may still change the gate: claims are in the outbox of an armed gate in the epoch they were made in; once it is not
/// armed, the next epoch begins.
bool is_of_use(const Grant& grant, const Scene& scene) {
    if (!is_gate_armed(scene)) return false;
    const auto& memory = *scene.gate().memory;
    const auto pending = memory.outbox.find(grant.user);
    return memory.fields.round == grant.round && memory.fields.epoch == grant.epoch && pending != memory.outbox.end() &&
           pending->second.slot == grant.slot;
}

/// What is on its way and will change nothing need not arrive.
void drop_spent_from_air(Scene& scene) {
    if (scene.has_empty_air()) return;
    auto air = scene.air();
    const auto useless = [&](const Grant& grant) { return !is_of_use(grant, scene); };
    const auto spent = [&](const Grant& grant) {
        const auto partition = scene.topic().partition_of(grant.user);
        const auto end = static_cast<std::int64_t>(scene.topic().partitions[static_cast<std::size_t>(partition)].records.size());
        return is_spent(scene, grant, {partition, end});
    };
    std::erase_if(air.to_confirm, useless);
    std::erase_if(air.confirms, useless);
    // A record nobody will confirm with effect is one that nobody waits for.
    for (const auto& grant : air.redriven) {
        if (useless(grant)) air.records.push_back(grant);
    }
    std::erase_if(air.redriven, useless);
    std::erase_if(air.records, spent);
    std::sort(air.records.begin(), air.records.end(), is_before);
    air.records.erase(std::unique(air.records.begin(), air.records.end()), air.records.end());
    scene.set(air);
}

/// The highest offset of the partition that anybody has noted as an end.
std::int64_t highest_noted_end(const Scene& scene, std::int32_t partition) {
    std::int64_t highest = 0;
    const auto note = [&](const std::map<std::int32_t, std::int64_t>& ends) {
        if (const auto end = ends.find(partition); end != ends.end()) highest = std::max(highest, end->second);
    };
    for (std::size_t i = 0; i < most_armers; ++i)
        note(scene.armer(i).ends);
    for (std::size_t i = 0; i < most_resetters; ++i) {
        note(scene.resetter(i).ends);
        for (const auto& one : scene.resetter(i).look.partitions)
            if (one.partition == partition) highest = std::max(highest, one.high);
    }
    for (const auto& [round, ends] : scene.ledger().purge_offsets)
        note(ends);
    for (const auto& [round, fences] : scene.ledger().rows.fences) {
        for (const auto& fence : fences)
            if (fence.partition == partition) highest = std::max(highest, fence.end_offset);
    }
    return highest;
}

/// A spent record that comes next is read at once, and one at the end of the topic is forgotten, unless somebody noted an end behind it:
/// then the next record must not take its place.
void drop_spent_from_topic(Scene& scene) {
    TopicSide topic = scene.topic();
    bool has_changed = false;
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
        auto& log = topic.partitions[i];
        const auto partition = static_cast<std::int32_t>(i);
        const auto end = [&] { return static_cast<std::int64_t>(log.records.size()); };
        while (log.position < end() && log.committed == log.position &&
               is_spent(scene, log.records[static_cast<std::size_t>(log.position)], {partition, log.position})) {
            log.committed = ++log.position;
            has_changed = true;
        }
        while (!log.records.empty() && log.position == end() && log.committed == log.position && log.low < end() &&
               highest_noted_end(scene, partition) < end() && !scene.ledger().failed.contains({partition, end() - 1}) &&
               is_spent(scene, log.records.back(), {partition, end() - 1})) {
            log.records.pop_back();
            log.committed = --log.position;
            has_changed = true;
        }
    }
    if (has_changed) scene.set(topic);
}

} // namespace

void step_merged(const Actor& actor, const Scene& scene, const Take& take) {
    step(actor, scene, [&](Act act, std::size_t who, const Scene& after) {
        if (!is_followed(actor, act, after)) return take(act, who, after);
        bool is_blocked = true;
        step_merged(actor, after, [&](Act next, std::size_t, const Scene& later) {
            if (!belongs(act, next)) return;
            is_blocked = false;
            take(act, who, later);
        });
        if (is_blocked) take(act, who, after);
    });
}

State canonical(Scene scene) {
    // A gate that is not armed is armed again in a later epoch, so a redrive whose second look would fail now will end without effect.
    if (scene.bounds().bug == Bug::none && !can_still_publish(scene)) {
        scene.set(Redriver{});
        scene.give_back(Left::redrives);
    }
    if (scene.bounds().bug == Bug::none && !scene.bounds().losses_go_unnoticed) {
        drop_spent_from_air(scene);
        drop_spent_from_topic(scene);
    }
    for (std::size_t i = 0; i < most_armers; ++i) {
        const auto& armer = scene.armer(i);
        if (armer.step != Armer::Step::idle && has_no_effect_left(scene, armer)) scene.set(i, Armer{});
    }
    auto state = scene.state();
    // Two armers are alike, so which is which makes no state of its own.
    const auto first = state.begin() + component::first_armer;
    std::sort(first, first + most_armers);
    return state;
}

} // namespace coupon::model
