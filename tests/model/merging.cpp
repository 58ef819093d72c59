#include "model/merging.hpp"

#include "model/forgetting.hpp"
#include "model/renaming.hpp"
#include "model/spent.hpp"

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

/// Of a reset that is the only one, of an event that nobody else closes or opens. Nobody else adds rounds then, or writes another owner:
/// what it reads of the ledger's highest round to compare it stands until it writes; the rounds on the topic are among the ledger's, so
/// that it finds the same highest one at any time. Purging and creating the gate: the purge touches the topic alone, creating the gate
/// alone, so whatever looks at the one between the two does not see the other. Verifying and opening in the ledger: a gate that is lost in
/// between is lost just after as well.
bool follows_reset(Act act, const Scene& after, std::size_t who) {
    const auto& reset = after.resetter(who);
    if (act == Act::reset_starts) return true;
    if (act != Act::reset_calls || !reset.runs || after.bounds().resets > 1 || after.bounds().are_closed()) return false;
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

/// Before its first call nobody knows of a program. The round that a close reads is the only one there is, unless a reset makes another.
bool follows_close(Act act, const Scene& after) {
    const auto& closer = after.closer();
    if (act == Act::close_starts) return true;
    return closer.stands == Closer::Stands::runs && closer.way.stage() == CloseStage::close_round && after.bounds().resets == 0;
}

/// A worker acts on row and gate only where the row is the same before and after. No owner comes twice while somebody remembers it, so the
/// row was that one all the time, and all three could have been read when the gate was.
bool follows_look(const Scene& after) {
    const auto step = after.watcher().step;
    return step == Watcher::Step::read_gate || step == Watcher::Step::read_again;
}

/// Whether the actor's next step is taken together with the one that led to `after`.
bool is_followed(const Actor& actor, Act act, const Scene& after) {
    if (!after.bounds().are_merged()) return false;
    switch (actor.kind) {
    case Actor::Kind::applicant: return follows_start(act) || follows_landing(act);
    case Actor::Kind::worker: return follows_transaction(act);
    case Actor::Kind::redriver: return follows_redrive(act, after);
    case Actor::Kind::armer: return follows_arming(act, after, actor.index);
    case Actor::Kind::resetter: return follows_reset(act, after, actor.index);
    case Actor::Kind::closer: return follows_close(act, after);
    case Actor::Kind::reopener: return act == Act::reopen_starts;
    case Actor::Kind::watcher: return follows_look(after);
    case Actor::Kind::records:
    case Actor::Kind::requests:
    case Actor::Kind::losses:
    case Actor::Kind::places:
    case Actor::Kind::strangers:
    case Actor::Kind::worker_life:
    case Actor::Kind::roll_back_watcher:
    case Actor::Kind::alarm:
    case Actor::Kind::ledger:
    case Actor::Kind::broker: break;
    }
    return false;
}

/// A worker that dies between COMMIT and offset commit reads the record once more, and nobody is between the two who could see it. Where
/// the ledger stays as it is, nothing came of it, and a fault less is left: it is what is reached that counts.
std::optional<Scene> redelivery_after(const Scene& after, std::size_t partition) {
    if (!after.has_left(Left::redeliveries)) return std::nullopt;
    return delivered_again(after, partition);
}

/// The worker's next step after a transaction is one of several; the commit is the one that belongs to it.
bool belongs(Act first, Act next) {
    return first != Act::worker_issues || next == Act::worker_commits;
}

} // namespace

void step_merged(const Actor& actor, const Scene& scene, const Take& take) {
    step(actor, scene, [&](Act act, std::size_t who, const Scene& after) {
        if (!is_followed(actor, act, after)) return take(act, who, after);
        const auto delivered = act == Act::worker_issues ? redelivery_after(after, actor.index) : std::nullopt;
        if (delivered && delivered->has_another_ledger(after)) take(Act::worker_begins_again, who, *delivered);
        bool is_blocked = true;
        step_merged(actor, after, [&](Act next, std::size_t, Scene later) {
            if (!belongs(act, next)) return;
            is_blocked = false;
            if (delivered) later.note_all(delivered->reached());
            take(act, who, later);
        });
        if (is_blocked) take(act, who, after);
    });
}

State canonical(Scene scene) {
    if (scene.bounds().are_states_merged() && !scene.bounds().losses_go_unnoticed) {
        drop_what_is_spent(scene);
        forget_what_is_over(scene);
        rename_in_order(scene);
    }
    auto state = scene.state();
    // Two armers of one gate are alike, so which is which makes no state of its own.
    if (scene.bounds().has_other_gate() || scene.bounds().arms_alone) return state;
    const auto first = state.begin() + component::first_armer;
    std::sort(first, first + most_armers);
    return state;
}

} // namespace coupon::model
