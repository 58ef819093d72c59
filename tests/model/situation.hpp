#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace coupon::model {

/// What is worth counting: whoever never saw these has not looked at what matters.
enum class Situation : std::uint8_t {
    reply_lost_after_claim,    ///< the claim took effect, its reply was lost
    record_delivered_twice,    ///< a record came again that has its row already
    worker_dead_before_offset, ///< a worker died between COMMIT and offset commit
    record_stale,              ///< a record of an abandoned round was judged
    record_fenced,             ///< a record of an ended epoch was judged
    record_failed,             ///< a record became a failed event
    gate_rolled_back,          ///< the gate forgot its last claims
    gate_emptied,              ///< the gate forgot everything
    rollback_detected,         ///< somebody noticed that the gate's server is another one than the one it was armed with
    gate_armed_again,
    claim_restored,          ///< arming put a claim back
    gate_armed_with_holes,   ///< arming left a slot free below the highest claimed one
    arming_overtaken,        ///< two armings at once, and the later one stopped the other
    claim_redriven,          ///< a redrive published a pending claim again
    missing_claim_published, ///< a redrive published a claim without a row again
    confirm_gone,            ///< a confirm came too late, the claim no longer stood as published
    told_granted,
    told_sold_out,
    told_closed,
    round_over_after_no_reply, ///< an unanswered claim, asked again, met the next round
    reset_done,                ///< a reset opened a new round
    reset_resumed,             ///< a reset finished what another one began
    reset_refused,             ///< a reset met somebody else's doing and stopped
    round_abandoned,
    close_done,     ///< --close ended with 0
    close_repeated, ///< --close told the ledger once more, for somebody had acted on gate or ledger
    reopen_done,
    reopen_refused, ///< --reopen met somebody else's doing and stopped
    close_finished, ///< the worker finished a close that gate or ledger did not know of
    address_listed,
    void_claim_dropped, ///< arming took a claim out of the gate that did not count
    ledger_rolled_back,
    record_held, ///< a record above the ledger's epoch waited for the next arming
    worker_replaced,
    gate_copied, ///< a second gate came to be, by a copy or a failover
    record_forged,
    gate_went_back,                     ///< the gate forgot its last moments while its server went on
    roll_back_noticed,                  ///< a worker, a confirm or the program that applies took its arms away
    log_lost,                           ///< a partition lost its log
    log_found_lost,                     ///< its fences ended at 0 because of it
    claims_together,                    ///< two claims were decided as one step, and at least one of them granted
    replies_lost_after_claims_together, ///< the same, and its reply was lost
};
inline constexpr std::size_t situation_count = static_cast<std::size_t>(Situation::replies_lost_after_claims_together) + 1;

/// A set of situations, as bits.
using Situations = std::uint64_t;
[[nodiscard]] constexpr Situations bit_of(Situation situation) {
    return Situations{1} << static_cast<std::uint64_t>(situation);
}

/// As it stands in JSON.
[[nodiscard]] const char* name_of(Situation situation);

/// How often each was met.
using Reached = std::array<std::uint64_t, situation_count>;
void count(Reached& reached, Situations met);

} // namespace coupon::model
