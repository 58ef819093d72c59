#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace coupon::model {

class Scene;

/// One step that somebody takes.
enum class Act : std::uint8_t {
    none,
    application_starts,
    claim_checks,
    claim_is_taken_back,
    claim,
    claim_without_reply,
    claims_together,
    claims_together_without_reply,
    record_lands,
    report_arrives,
    confirm,
    confirm_without_reply,
    late_claim_arrives,
    late_claims_arrive,
    late_confirm_arrives,
    late_record_lands,
    redriven_record_lands,
    redriven_record_confirmed,
    worker_issues,
    worker_commits,
    worker_begins_again,
    worker_skips,
    redrive_looks,
    redrive_reads_outbox,
    redrive_publishes,
    redrive_looks_for_missing,
    redrive_reads_claims,
    redrive_reads_round,
    redrive_reads_lag,
    redrive_reads_rows,
    redrive_publishes_missing,
    gate_forgets_everything,
    gate_falls_back,
    gate_restarts,
    arming_reads_round,
    arming_begins,
    arming_takes_ends,
    arming_stores_fence,
    arming_reads_ledger,
    arming_reads_topic,
    arming_reads_gate,
    arming_drops,
    arming_restores,
    arming_arms,
    reset_starts,
    reset_calls,
    close_starts,
    close_calls,
    reopen_starts,
    reopen_calls,
    worker_looks_at_close,
    gate_is_copied,
    other_gate_is_emptied,
    worker_lists_address,
    stranger_publishes,
    ledger_falls_back,
    record_is_held,
    gate_fails_over,
    worker_looks,
    worker_is_replaced,
    worker_compares_rows,
    worker_disarms,
    application_disarms,
    gate_goes_back,
    log_is_lost,
};

[[nodiscard]] const char* name_of(Act act);

/// Takes one possible next state: who did what, and the world after it.
using Take = std::function<void(Act act, std::size_t who, const Scene& after)>;

} // namespace coupon::model
