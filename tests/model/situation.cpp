#include "model/situation.hpp"

namespace coupon::model {

const char* name_of(Situation situation) {
    switch (situation) {
    case Situation::reply_lost_after_claim: return "reply_lost_after_claim";
    case Situation::record_delivered_twice: return "record_delivered_twice";
    case Situation::worker_dead_before_offset: return "worker_dead_before_offset";
    case Situation::record_stale: return "record_stale";
    case Situation::record_fenced: return "record_fenced";
    case Situation::record_failed: return "record_failed";
    case Situation::gate_rolled_back: return "gate_rolled_back";
    case Situation::gate_emptied: return "gate_emptied";
    case Situation::rollback_detected: return "rollback_detected";
    case Situation::gate_armed_again: return "gate_armed_again";
    case Situation::claim_restored: return "claim_restored";
    case Situation::gate_armed_with_holes: return "gate_armed_with_holes";
    case Situation::arming_overtaken: return "arming_overtaken";
    case Situation::claim_redriven: return "claim_redriven";
    case Situation::missing_claim_published: return "missing_claim_published";
    case Situation::confirm_gone: return "confirm_gone";
    case Situation::told_granted: return "told_granted";
    case Situation::told_sold_out: return "told_sold_out";
    case Situation::told_closed: return "told_closed";
    case Situation::round_over_after_no_reply: return "round_over_after_no_reply";
    case Situation::reset_done: return "reset_done";
    case Situation::reset_resumed: return "reset_resumed";
    case Situation::reset_refused: return "reset_refused";
    case Situation::round_abandoned: return "round_abandoned";
    case Situation::close_done: return "close_done";
    case Situation::close_repeated: return "close_repeated";
    case Situation::reopen_done: return "reopen_done";
    case Situation::reopen_refused: return "reopen_refused";
    case Situation::close_finished: return "close_finished";
    case Situation::address_listed: return "address_listed";
    case Situation::void_claim_dropped: return "void_claim_dropped";
    case Situation::ledger_rolled_back: return "ledger_rolled_back";
    case Situation::record_held: return "record_held";
    case Situation::worker_replaced: return "worker_replaced";
    case Situation::gate_copied: return "gate_copied";
    case Situation::record_forged: return "record_forged";
    case Situation::gate_went_back: return "gate_went_back";
    case Situation::roll_back_noticed: return "roll_back_noticed";
    case Situation::log_lost: return "log_lost";
    case Situation::log_found_lost: return "log_found_lost";
    case Situation::claims_together: return "claims_together";
    case Situation::replies_lost_after_claims_together: return "replies_lost_after_claims_together";
    }
    return "";
}

void count(Reached& reached, Situations met) {
    for (std::size_t i = 0; met != 0; ++i, met >>= 1U)
        reached[i] += met & 1U;
}

} // namespace coupon::model
