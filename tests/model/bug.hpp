#pragma once

#include <cstdint>

namespace coupon::model {

/// A rule broken on purpose, in the model's glue and never in core: what bugs.hpp says of it must be found.
enum class Bug : std::uint8_t {
    none,
    // The design bugs.
    no_round_fence,             ///< the worker issues every record into the highest round
    offset_before_commit,       ///< the offset first; a worker that dies then never issues the record
    release_on_unknown,         ///< no delivery report in time: the claim is taken back
    no_outbox,                  ///< a claim counts as published from the start
    no_unique_slot,             ///< the ledger has no unique key of round and slot
    claim_in_two_steps,         ///< the gate is asked for a free slot first, and told to take it later
    missing_gate_is_empty,      ///< a claim makes a gate that is not there
    redrive_forgets,            ///< the redrive takes the claim out of the outbox before it publishes
    confirm_ignores_round,      ///< only user, slot and epoch are compared
    confirm_ignores_arming,     ///< confirms although the gate may have forgotten
    granted_before_confirm,     ///< told at the delivery report
    worker_ignores_fences,      ///< no epoch fence
    outbox_keeps_old_epoch,     ///< arming does not give pending claims the new epoch
    arm_ignores_other_armer,    ///< `arming` is not compared
    fence_ignores_stored_epoch, ///< step 3 of arming stores whatever epoch
    grant_ignores_holes,        ///< the next slot is granted + 1 although arming left holes
    round_over_is_no,           ///< round_over after an unanswered claim is told as closed
    purge_ignores_stored_ends,  ///< a reset purges up to the topic's ends as they are then
    gate_before_ledger,         ///< a reset closes and opens the gate before the ledger
    closed_in_gate_only,        ///< a reset does not close the round in the ledger
    open_compares_nothing,      ///< token, `arming` and the server of create are not compared
    new_gate_is_armed,          ///< a reset creates the new gate ready to grant
    outbox_read_after_ends,     ///< whoever asks for quiescence reads the topic first, then the gate
    limit_checked_once,         ///< of claims that are decided together the first one alone is compared with the limit
    second_half_is_lost,        ///< of claims that are decided together the second half is told, and not written
    answers_are_exchanged,      ///< of claims that are decided together each is told the answer to another one
    // One comparison or one reading less.
    confirm_ignores_epoch,      ///< only round and slot are compared
    grant_ignores_arming,       ///< grants although the gate may have forgotten
    arm_ignores_server,         ///< run_id and replid of begin are not compared
    identity_ignores_loss,      ///< a server that lost something has the same identity (only run_id compared, fail-back)
    epoch_ignores_ledger,       ///< begin raises the gate's own epoch only
    rows_read_before_fence,     ///< steps 3 and 4 of arming swapped
    fence_end_taken_late,       ///< W is taken after the topic was read
    topic_not_restored,         ///< only the ledger's rows are put back
    fence_not_stored,           ///< arming without step 3
    granted_before_publish,     ///< told at the claim
    unknown_forgotten,          ///< an unanswered claim counts as not sent
    requests_survive_loss,      ///< a request sent to a server that lost its memory reaches the next one
    redrive_looks_once,         ///< the gate is not looked at again after its claims were read
    redrive_ignores_epoch,      ///< that look compares the round alone
    fence_ignores_round_state,  ///< step 3 does not look at the round's state
    arm_ignores_closed_ledger,  ///< arming does not close when step 3 read closed
    gate_compares_no_token,     ///< close, give up, create and open
    ledger_ignores_owner,       ///< changes of a round compare no owner
    open_ignores_server,        ///< open_and_arm does not compare the server of create
    given_up_gate_confirms,     ///< a given-up gate counts as armed
    reset_ignores_quiescence,   ///< a reset does not wait for what is on its way
    reset_ignores_missing_rows, ///< a reset does not compare claims with rows
    // The guards of one gate that counts.
    lower_epoch_is_armed,    ///< a gate in a lower epoch than the ledger's counts
    higher_epoch_is_armed,   ///< a gate in a higher epoch than the ledger's counts
    seals_are_ignored,       ///< nobody compares the gate's seal
    gate_made_anywhere,      ///< a gate is made from nothing at an address that is not listed
    copy_armed_anywhere,     ///< a copy is armed at an address that is not listed
    copy_lists_itself,       ///< a worker lists its address without looking whether the armed gate is there
    database_is_ignored,     ///< the database is no part of the gate's identity
    old_copy_is_believed,    ///< pending claims of an old copy count without a row or a record
    old_copy_is_forgotten,   ///< the gate does not remember that it is an old copy once an arming has begun
    signatures_are_ignored,  ///< worker and arming take a record without the round's signature
    unsigned_names_its_user, ///< the redrive takes a failed event without a signature for one of its user
    record_above_fails,      ///< a record above the ledger's epoch becomes a failed event
    fence_after_lost_one,    ///< the fence after a lost arming begins at the topic's end
    highest_is_forgotten,    ///< a worker does not remember the highest epoch it met
    issue_before_look,       ///< a worker issues before it has looked at row and gate
    look_ignores_arming,     ///< that look counts while somebody arms the gate at an epoch that the row has not reached
    rows_are_not_compared,   ///< the worker compares no rows with the gate's claims
    rows_do_not_win,         ///< a contradiction keeps the gate shut, whatever the ledger says
    going_back_is_gone,      ///< a confirm of a claim that the gate does not hold says gone, and no more
    place_without_digest,    ///< a failed event is known by its place alone
    fence_of_a_lost_log,     ///< nobody compares a fence with the log
    order_is_ignored,        ///< a program that applies publishes a slot that it saw another user get
    // The guards of closing and opening.
    close_looks_once,        ///< --close does not look at the gate again after the ledger was told
    worker_tells_any_owner,  ///< the worker tells the ledger of a close whoever has acted on the round since
    worker_reads_row_once,   ///< the row is not read again after the gate
    worker_leaves_gate_open, ///< row closed, gate open: the worker does nothing
    reopen_compares_nothing, ///< --reopen's gate script compares no token, and opens a gate with the mark
    reset_overrules_close,   ///< a reset closes a round that was closed since it read the row
    reopen_ignores_owner,    ///< --reopen's transaction does not compare the round's owner
};

} // namespace coupon::model
