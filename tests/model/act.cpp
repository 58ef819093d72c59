#include "model/act.hpp"

namespace coupon::model {

const char* name_of(Act act) {
    switch (act) {
    case Act::none: return "start";
    case Act::application_starts: return "application reads the round";
    case Act::claim_checks: return "application asks for a free slot";
    case Act::claim_is_taken_back: return "claim is taken back of application";
    case Act::claim: return "application claims";
    case Act::claim_without_reply: return "application claims, no reply comes";
    case Act::claims_together: return "another application's claim is decided together with that of application";
    case Act::claims_together_without_reply: return "the same, no reply comes: another application and application";
    case Act::record_lands: return "application's record lands";
    case Act::report_arrives: return "application's delivery report arrives";
    case Act::confirm: return "application confirms";
    case Act::confirm_without_reply: return "application confirms, no reply comes";
    case Act::late_claim_arrives: return "late claim arrives of application";
    case Act::late_claims_arrive: return "late claims arrive together, the first of application";
    case Act::late_confirm_arrives: return "late confirm arrives of user";
    case Act::late_record_lands: return "late record lands of user";
    case Act::redriven_record_lands: return "redriven record lands of user";
    case Act::redriven_record_confirmed: return "redrive confirms for user";
    case Act::worker_issues: return "worker issues from partition";
    case Act::worker_commits: return "worker commits partition";
    case Act::worker_begins_again: return "worker begins again at the committed offset of partition";
    case Act::worker_skips: return "worker dies after the offset and before COMMIT, partition";
    case Act::redrive_looks: return "redrive looks at the gate";
    case Act::redrive_reads_outbox: return "redrive reads the outbox";
    case Act::redrive_publishes: return "redrive publishes for user";
    case Act::redrive_looks_for_missing: return "redrive looks for claims without a row";
    case Act::redrive_reads_claims: return "redrive reads the claims";
    case Act::redrive_reads_round: return "redrive looks whether the round is still the same";
    case Act::redrive_reads_lag: return "redrive reads the lag";
    case Act::redrive_reads_rows: return "redrive reads the rows";
    case Act::redrive_publishes_missing: return "redrive publishes the missing claim of user";
    case Act::gate_forgets_everything: return "the gate forgets everything";
    case Act::gate_falls_back: return "the gate falls back to an earlier moment";
    case Act::gate_restarts: return "the gate's server restarts and lost nothing";
    case Act::arming_reads_round: return "arming reads the ledger's round";
    case Act::arming_begins: return "arming begins";
    case Act::arming_takes_ends: return "arming takes the topic's ends";
    case Act::arming_stores_fence: return "arming stores the fence";
    case Act::arming_reads_ledger: return "arming reads the rows";
    case Act::arming_reads_topic: return "arming reads the topic";
    case Act::arming_reads_gate: return "arming reads the gate's claims";
    case Act::arming_drops: return "arming takes out claims that do not count";
    case Act::arming_restores: return "arming puts claims back";
    case Act::arming_arms: return "arming arms";
    case Act::reset_starts: return "reset starts";
    case Act::reset_calls: return "reset calls";
    case Act::close_starts: return "--close starts";
    case Act::close_calls: return "--close calls";
    case Act::reopen_starts: return "--reopen starts";
    case Act::reopen_calls: return "--reopen calls";
    case Act::worker_looks_at_close: return "worker compares gate and ledger";
    case Act::gate_is_copied: return "the gate is copied to the other address";
    case Act::other_gate_is_emptied: return "the other gate forgets everything";
    case Act::worker_lists_address: return "worker lists its address, of gate";
    case Act::stranger_publishes: return "somebody without the round's key publishes for user";
    case Act::ledger_falls_back: return "the ledger falls back to an earlier moment";
    case Act::gate_fails_over: return "the gate fails over to a replica";
    case Act::worker_looks: return "worker looks at row and gate, worker";
    case Act::worker_is_replaced: return "a fresh worker comes for worker";
    case Act::worker_compares_rows: return "worker compares rows with the gate";
    case Act::worker_disarms: return "worker takes the gate's arms away";
    case Act::application_disarms: return "the program that applies takes the gate's arms away";
    case Act::gate_goes_back: return "the gate goes back to an earlier moment, its server goes on";
    case Act::log_is_lost: return "a partition of the topic loses its log";
    case Act::record_is_held: return "worker holds a record of partition";
    }
    return "";
}

} // namespace coupon::model
