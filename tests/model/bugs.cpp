#include "model/bugs.hpp"

#include <algorithm>
#include <array>

namespace coupon::model {

namespace {

const Bounds nothing_lost{.users = {1, 2}, .redeliveries = 1};
const Bounds together{.users = {1, 2}, .together = true};
const Bounds two_together{.users = {1, 2}, .limit = 2, .together = true};
const Bounds nothing_late{.users = {1, 2}};
const Bounds one_loss{.users = {1, 2}, .losses = 1, .armings = 2};
const Bounds two_losses{.users = {1, 2}, .losses = 2, .armings = 3};
const Bounds late_requests{.users = {1, 2}, .losses = 1, .delayed_requests = 2, .armings = 1};
const Bounds holes{.users = {1, 2, 3}, .limit = 2, .losses = 1, .armings = 1};
const Bounds lies{.users = {1, 2}, .losses = 1, .losses_go_unnoticed = true};
const Bounds redrive{.users = {1, 2}, .redrives = 1};
const Bounds redelivery_and_reset{.users = {1, 2}, .redeliveries = 1, .resets = 1};
const Bounds redrive_and_reset{.users = {1, 2}, .delayed_requests = 1, .redrives = 1, .resets = 1};
const Bounds one_reset{.users = {1, 2}, .delayed_requests = 1, .resets = 1};
const Bounds two_resets{.users = {1, 2}, .delayed_requests = 1, .resets = 2};
const Bounds two_forced_resets{.users = {1, 2}, .resets = 2, .forced_resets = true};
const Bounds twice_and_reset{.users = {1, 1}, .delayed_requests = 1, .redrives = 1, .resets = 1};
const Bounds reset_and_loss{.users = {1, 2}, .losses = 1, .armings = 1, .resets = 1};
const Bounds two_resets_and_loss{.users = {1, 2}, .losses = 1, .armings = 1, .resets = 2};
const Bounds forced_reset_and_loss{.users = {1, 2}, .losses = 1, .armings = 1, .resets = 1, .forced_resets = true};
const Bounds reset_loss_and_redrive_of_two{.users = {1, 2}, .losses = 1, .armings = 1, .redrives = 1, .resets = 1};
const Bounds empty_gate{.users = {1}, .losses = 1, .armings = 1, .other = OtherGate::empty};
const Bounds copied_gate{.users = {1}, .armings = 1, .other = OtherGate::copy};
const Bounds other_database{.users = {1, 2}, .other = OtherGate::database, .strays = 1};
const Bounds foreign_gate{.users = {1}, .armings = 1, .other = OtherGate::foreign, .both_listed = true};
const Bounds old_copy{.users = {1, 2}, .losses = 2, .delayed_requests = 1, .armings = 1, .bound = true};
const Bounds old_copy_twice{.users = {1, 2}, .losses = 2, .armings = 2, .arms_alone = true, .bound = true};
const Bounds forged_records{.users = {1}, .forgeries = 1};
const Bounds forged_records_and_ledger{.users = {1}, .losses = 1, .armings = 1, .restarts_only = true, .ledger_losses = 1, .forgeries = 1};
const Bounds ledger_falls_back{.users = {1}, .losses = 1, .armings = 2, .restarts_only = true, .ledger_losses = 1};
const Bounds ledger_forgets_arming{.users = {1, 2}, .losses = 1, .armings = 1, .ledger_losses = 1};
const Bounds ledger_forgets_a_fresh_worker{.users = {1, 2}, .losses = 1, .armings = 1, .ledger_losses = 1, .fresh_workers = 1};
const Bounds log_is_lost{.users = {1}, .losses = 1, .armings = 1, .log_losses = 1, .forgeries = 1};
const Bounds log_is_lost_after_an_arming{.users = {1, 2}, .losses = 1, .armings = 1, .arms_alone = true, .log_losses = 1, .forgeries = 1};
const Bounds goes_back{.users = {1}, .losses = 1, .goes_back = true};
const Bounds goes_back_and_arms{.users = {1, 2}, .losses = 1, .armings = 1, .goes_back = true};
const Bounds goes_back_twice{.users = {1, 1}, .losses = 2, .armings = 1, .goes_back = true};
const Bounds goes_back_with_partitions{.users = {1, 2}, .partitions = 2, .losses = 1, .goes_back = true};
const Bounds close_and_loss{.users = {}, .losses = 1, .armings = 1, .closes = 1};
const Bounds close_and_reopen{.users = {}, .closes = 1, .reopens = 1};
const Bounds close_reopen_and_loss{.users = {}, .losses = 1, .closes = 1, .reopens = 1};
const Bounds close_and_resumed_reset{.users = {}, .losses = 1, .resets = 1, .left_opening = true, .closes = 1};
const Bounds reset_loss_and_redrive{.users = {1}, .losses = 1, .armings = 1, .redrives = 1, .resets = 1};

const std::array bugs{
    PlantedBug{Bug::no_round_fence, "no-round-fence", "the worker issues every record into the highest round", redelivery_and_reset, "I6"},
    PlantedBug{Bug::offset_before_commit, "offset-before-commit", "the worker commits the offset before its transaction", nothing_late,
               "I7"},
    PlantedBug{Bug::release_on_unknown, "release-on-unknown", "a claim is taken back when no delivery report came", nothing_late, "I5"},
    PlantedBug{Bug::no_outbox, "no-outbox", "a claim is in no outbox", nothing_late, "I7"},
    PlantedBug{Bug::no_unique_slot, "no-unique-slot", "the ledger takes two rows of one slot", lies, "I1"},
    PlantedBug{Bug::claim_in_two_steps, "claim-in-two-steps", "the gate is asked for a free slot, then told to take it", nothing_late,
               "gate"},
    PlantedBug{Bug::missing_gate_is_empty, "missing-gate-is-empty", "a gate that is missing counts as an empty one", one_loss, "aftermath"},
    PlantedBug{Bug::redrive_forgets, "redrive-forgets", "the redrive takes a claim out of the outbox before it publishes", redrive, "I7"},
    PlantedBug{Bug::confirm_ignores_round, "confirm-ignores-round", "the confirm is not scoped to its round", twice_and_reset, "I7"},
    PlantedBug{Bug::confirm_ignores_arming, "confirm-ignores-arming", "a gate that is not armed confirms", two_losses, "I7"},
    PlantedBug{Bug::granted_before_confirm, "granted-before-confirm", "granted is told at the delivery report", one_loss, "I4"},
    PlantedBug{Bug::worker_ignores_fences, "worker-ignores-fences", "the worker issues what is behind a fence", one_loss, "I7"},
    PlantedBug{Bug::outbox_keeps_old_epoch, "outbox-keeps-old-epoch", "pending claims keep their epoch when the gate is armed", one_loss,
               "aftermath"},
    PlantedBug{Bug::arm_ignores_other_armer, "arm-ignores-other-armer", "arm does not compare `arming`", one_loss, "I7"},
    PlantedBug{Bug::fence_ignores_stored_epoch, "fence-ignores-stored-epoch", "a lower epoch is stored over a higher one", one_loss, "I7"},
    PlantedBug{Bug::grant_ignores_holes, "grant-ignores-holes", "the next slot is granted + 1 although arming left holes", holes, "gate"},
    PlantedBug{Bug::round_over_is_no, "round-over-is-no", "round_over after an unanswered claim is told as closed", redrive_and_reset,
               "I5"},
    PlantedBug{Bug::purge_ignores_stored_ends, "purge-ignores-stored-ends", "a reset purges up to a later offset than the stored one",
               two_resets, "I7"},
    PlantedBug{Bug::gate_before_ledger, "gate-before-ledger", "a reset closes and opens the gate before the ledger", one_reset,
               "aftermath"},
    PlantedBug{Bug::closed_in_gate_only, "closed-in-gate-only", "a reset closes the gate and not the ledger", two_resets_and_loss,
               "aftermath"},
    PlantedBug{Bug::open_compares_nothing, "open-compares-nothing", "the gate is opened without comparing token, `arming` and server",
               reset_and_loss, "aftermath"},
    PlantedBug{Bug::new_gate_is_armed, "new-gate-is-armed", "a reset creates the new gate ready to grant", one_reset, "aftermath"},
    PlantedBug{Bug::outbox_read_after_ends, "outbox-read-after-ends", "a reset reads the outbox after the topic's ends", one_reset, "I7"},
    PlantedBug{Bug::limit_checked_once, "limit-checked-once", "of claims decided together the first alone is compared with the limit",
               together, "gate"},
    PlantedBug{Bug::second_half_is_lost, "second-half-is-lost", "of claims decided together the second half is told, and not written",
               two_together, "I7"},
    PlantedBug{Bug::answers_are_exchanged, "answers-are-exchanged", "of claims decided together each is told the answer to another one",
               together, "I5"},

    PlantedBug{Bug::confirm_ignores_epoch, "confirm-ignores-epoch", "the confirm compares no epoch", two_losses, "I7"},
    PlantedBug{Bug::grant_ignores_arming, "grant-ignores-arming", "a gate that is not armed grants", one_loss, "aftermath"},
    PlantedBug{Bug::arm_ignores_server, "arm-ignores-server", "arm does not compare the server", two_losses, "I7"},
    PlantedBug{Bug::identity_ignores_loss, "identity-ignores-loss", "the server that lost something cannot be told from the one before",
               one_loss, "I7"},
    PlantedBug{Bug::epoch_ignores_ledger, "epoch-ignores-ledger", "begin raises the gate's own epoch only", one_loss, ""},
    PlantedBug{Bug::rows_read_before_fence, "rows-read-before-fence", "arming reads the rows before it stores the fence", one_loss, "I7"},
    PlantedBug{Bug::fence_end_taken_late, "fence-end-taken-late", "the fence's end is taken after the topic was read", one_loss, "I7"},
    PlantedBug{Bug::topic_not_restored, "topic-not-restored", "arming does not put back what the topic holds", one_loss, "I7"},
    PlantedBug{Bug::fence_not_stored, "fence-not-stored", "arming stores no fence", one_loss, "I7"},
    PlantedBug{Bug::granted_before_publish, "granted-before-publish", "granted is told at the claim", one_loss, "I4"},
    PlantedBug{Bug::unknown_forgotten, "unknown-forgotten", "an unanswered claim counts as not sent", one_reset, "I5"},
    PlantedBug{Bug::requests_survive_loss, "requests-survive-loss", "a request reaches the server that comes after the loss", late_requests,
               "I5"},
    PlantedBug{Bug::redrive_looks_once, "redrive-looks-once", "a redrive does not look at the gate again", reset_loss_and_redrive_of_two,
               "I6"},
    PlantedBug{Bug::redrive_ignores_epoch, "redrive-ignores-epoch", "that look compares the round alone", reset_loss_and_redrive, ""},
    PlantedBug{Bug::fence_ignores_round_state, "fence-ignores-round-state", "a fence is stored for an abandoned round",
               forced_reset_and_loss, "I4"},
    PlantedBug{Bug::arm_ignores_closed_ledger, "arm-ignores-closed-ledger", "arm does not close where the ledger is closed", reset_and_loss,
               ""},
    PlantedBug{Bug::gate_compares_no_token, "gate-compares-no-token", "a reset's gate scripts compare no token", two_resets, "I7"},
    PlantedBug{Bug::ledger_ignores_owner, "ledger-ignores-owner", "a reset's ledger steps compare no owner", two_resets, ""},
    PlantedBug{Bug::open_ignores_server, "open-ignores-server", "the new gate is opened on whatever server", reset_and_loss, "I7"},
    PlantedBug{Bug::given_up_gate_confirms, "given-up-gate-confirms", "a given-up gate counts as armed", two_forced_resets, ""},
    PlantedBug{Bug::reset_ignores_quiescence, "reset-ignores-quiescence", "a reset does not wait for what is on its way", one_reset, "I7"},
    PlantedBug{Bug::reset_ignores_missing_rows, "reset-ignores-missing-rows", "a reset does not compare claims with rows", reset_and_loss,
               ""},

    PlantedBug{Bug::lower_epoch_is_armed, "lower-epoch-is-armed", "a gate in a lower epoch than the ledger's counts", goes_back_twice,
               "aftermath"},
    PlantedBug{Bug::higher_epoch_is_armed, "higher-epoch-is-armed", "a gate in a higher epoch than the ledger's counts", ledger_falls_back,
               "aftermath"},
    PlantedBug{Bug::seals_are_ignored, "seals-are-ignored", "nobody compares the gate's seal", foreign_gate, "aftermath"},
    PlantedBug{Bug::gate_made_anywhere, "gate-made-anywhere", "a gate is made from nothing at an address that is not listed", empty_gate,
               "aftermath"},
    PlantedBug{Bug::copy_armed_anywhere, "copy-armed-anywhere", "a copy is armed at an address that is not listed", copied_gate, "I7"},
    PlantedBug{Bug::copy_lists_itself, "copy-lists-itself", "a worker lists its address wherever there is a gate of the ledger's epoch",
               copied_gate, "aftermath"},
    PlantedBug{Bug::database_is_ignored, "database-is-ignored", "the database is no part of the gate's identity", other_database, "I7"},
    PlantedBug{Bug::old_copy_is_believed, "old-copy-is-believed", "pending claims of an old copy count without a row or a record", old_copy,
               "I5"},
    PlantedBug{Bug::old_copy_is_forgotten, "old-copy-is-forgotten", "an old copy does not remember that it is one", old_copy_twice, "I5"},
    PlantedBug{Bug::signatures_are_ignored, "signatures-are-ignored", "a record needs no signature", forged_records, "I6"},
    PlantedBug{Bug::unsigned_names_its_user, "unsigned-names-its-user",
               "the redrive leaves a claim alone because of a failed event that nobody signed", forged_records_and_ledger, "I4"},
    PlantedBug{Bug::record_above_fails, "record-above-fails", "a record above the ledger's epoch becomes a failed event", ledger_falls_back,
               "I4"},
    PlantedBug{Bug::fence_after_lost_one, "fence-after-lost-one", "the fence after a lost arming begins at the topic's end",
               ledger_forgets_arming, "aftermath"},
    PlantedBug{Bug::highest_is_forgotten, "highest-is-forgotten", "a worker does not remember the highest epoch it met",
               ledger_forgets_arming, "I5"},

    PlantedBug{Bug::issue_before_look, "issue-before-look", "a worker issues before it has looked at row and gate",
               ledger_forgets_a_fresh_worker, "I5"},
    PlantedBug{Bug::look_ignores_arming, "look-ignores-arming",
               "that look counts while somebody arms the gate at an epoch that the row has not reached", ledger_forgets_a_fresh_worker,
               "I5"},
    PlantedBug{Bug::place_without_digest, "place-without-digest", "a failed event is known by its place alone", log_is_lost, "I7"},
    PlantedBug{Bug::fence_of_a_lost_log, "fence-of-a-lost-log", "a fence of a lost log counts on the log that took its place",
               log_is_lost_after_an_arming, "I7"},
    PlantedBug{Bug::rows_are_not_compared, "rows-are-not-compared", "the worker compares no rows with the gate's claims", goes_back, "I7"},
    PlantedBug{Bug::rows_do_not_win, "rows-do-not-win", "a contradiction keeps the gate shut, whatever the ledger says", goes_back_and_arms,
               "aftermath"},
    PlantedBug{Bug::going_back_is_gone, "going-back-is-gone", "the confirm of a claim that the gate forgot says gone, and no more",
               goes_back_and_arms, "I5"},
    PlantedBug{Bug::order_is_ignored, "order-is-ignored", "a slot that the program saw another user get is published and told",
               goes_back_with_partitions, "I4"},

    PlantedBug{Bug::close_looks_once, "close-looks-once", "--close does not look at the gate again after the ledger was told",
               close_and_loss, "closing"},
    PlantedBug{Bug::worker_tells_any_owner, "worker-tells-any-owner",
               "the worker tells the ledger of a close whoever owns the round by then", close_and_reopen, "closing"},
    PlantedBug{Bug::worker_reads_row_once, "worker-reads-row-once", "the worker does not read the row again after the gate",
               close_and_reopen, "closing"},
    PlantedBug{Bug::worker_leaves_gate_open, "worker-leaves-gate-open", "the worker leaves the gate of a closed round open", close_and_loss,
               "closing"},
    PlantedBug{Bug::reopen_compares_nothing, "reopen-compares-nothing", "--reopen's gate script compares neither token nor mark",
               close_reopen_and_loss, "closing"},
    PlantedBug{Bug::reset_overrules_close, "reset-overrules-close", "a reset goes on with a round that was closed since it read the row",
               close_and_resumed_reset, "closing"},
    PlantedBug{Bug::reopen_ignores_owner, "reopen-ignores-owner", "--reopen's transaction compares no owner", close_and_reopen, "closing"},
};

} // namespace

std::span<const PlantedBug> planted_bugs() {
    return bugs;
}

const PlantedBug* find_bug(const std::string& name) {
    const auto* found = std::find_if(bugs.begin(), bugs.end(), [&](const PlantedBug& one) { return name == one.name; });
    return found == bugs.end() ? nullptr : found;
}

} // namespace coupon::model
