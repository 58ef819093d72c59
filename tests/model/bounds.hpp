#pragma once

#include <cstdint>
#include <vector>

namespace coupon::model {

/// A rule broken on purpose, in the model's glue and never in core: the explorer must find what it does.
enum class Mutation {
    none,
    worker_ignores_fences,
    outbox_keeps_old_epoch,     ///< arming does not give pending claims the new epoch
    confirm_ignores_epoch,      ///< only round and slot are compared
    confirm_ignores_arming,     ///< confirms although the gate may have forgotten
    grant_ignores_arming,       ///< grants although the gate may have forgotten
    arm_ignores_server,         ///< run_id and replid of begin are not compared
    arm_ignores_other_armer,    ///< `arming` is not compared
    identity_ignores_loss,      ///< a server that lost something has the same identity (only run_id compared, fail-back)
    epoch_ignores_ledger,       ///< begin raises the gate's own epoch only
    fence_ignores_stored_epoch, ///< step 3 stores whatever epoch
    rows_read_before_fence,     ///< steps 3 and 4 swapped
    fence_end_taken_late,       ///< W is taken after the topic was read
    topic_not_restored,         ///< only the ledger's rows are put back
    fence_not_stored,           ///< arming without step 3
    granted_before_confirm,     ///< told at the delivery report
    granted_before_publish,     ///< told at the claim
    unknown_forgotten,          ///< "closed" after an unanswered claim is told as closed
    requests_survive_loss,      ///< a request sent to a server that lost its memory reaches the next one
    redrive_looks_once,         ///< the gate is not looked at again after its claims were read
    redrive_ignores_epoch,      ///< that look compares the round alone
    fence_ignores_round_state,  ///< step 3 does not look at the round's state
    arm_ignores_closed_ledger,  ///< arming does not close when step 3 read closed
    gate_compares_no_token,     ///< close, give up, create and open
    ledger_ignores_owner,       ///< changes of a round compare no owner
    open_ignores_server,        ///< open_and_arm does not compare the server of create
    ledger_after_gate,          ///< a reset closes the gate before the ledger
    given_up_gate_confirms,     ///< a given-up gate counts as armed
    reset_ignores_quiescence,   ///< a reset does not wait for what is on its way
    reset_ignores_missing_rows, ///< a reset does not compare claims with rows
};

/// How much may happen. All interleavings within these bounds are explored.
struct Bounds {
    std::vector<std::int64_t> users; ///< one application each; the same user may apply more than once
    std::int64_t limit = 1;
    int partitions = 1;
    int losses = 0;           ///< of the gate: everything, or back to any earlier moment, with a new server identity
    int armings = 0;          ///< attempts, by up to two at once
    int delayed_requests = 0; ///< claims and confirms without a reply, which land later or never
    int redrives = 0;         ///< of one pending claim each
    int missing_redrives = 0; ///< of one claim without a row each
    int redeliveries = 0;     ///< a worker begins again at the committed offsets
    int resets = 0;           ///< runs of coupon-reset, up to two at once
    bool forced_resets = false;
    Mutation mutation = Mutation::none;
};

} // namespace coupon::model
