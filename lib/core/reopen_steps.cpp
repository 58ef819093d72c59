#include "core/reopen_steps.hpp"

#include "core/rfc3339.hpp"

namespace coupon {

void Reopening::refuse(const Fault& fault) {
    fault_ = fault;
    stage_ = ReopenStage::refused;
}

std::optional<Fault> Reopening::closed_by_window(Instant now) const {
    const auto round = "round " + row_.round.text();
    if (closes_at_ && row_.window.opens_at && *closes_at_ <= *row_.window.opens_at) {
        return Fault{FaultKind::usage,
                     "--closes-at: " + rfc3339(*closes_at_) + " is before " + round + " opens, " + rfc3339(*row_.window.opens_at),
                     "name a later time"};
    }
    const auto end = closes_at_ ? closes_at_ : row_.window.closes_at;
    if (!end || now < *end) return std::nullopt;
    return Fault{FaultKind::refused, "the window of " + round + " ended at " + rfc3339(*end) + "; nothing was changed",
                 "give a later end (--closes-at TIME), or open a new round with coupon-reset"};
}

void Reopening::on_read(const Result<ReopenReading>& reading) {
    if (!reading) return refuse(reading.fault());
    row_ = reading->highest;
    gate_ = reading->gate;
    if (row_.state != RoundState::open && row_.state != RoundState::closed) {
        return refuse({FaultKind::refused, "round " + row_.round.text() + " is " + name_of(row_.state) + ", nothing was changed",
                       "run coupon-reset"});
    }
    if (gate_ && gate_->round > row_.round) {
        return refuse({FaultKind::refused,
                       "the gate holds round " + gate_->round.text() + ", and the ledger does not know it: its highest round is " +
                           row_.round.text() + "; nothing was changed",
                       "restore the ledger, or name the one that knows the round (--mysql)"});
    }
    if (reading->refusal) return refuse(*reading->refusal);
    const bool is_first_look = !has_made_topic_ && !has_told_ && !has_closed_old_ && !has_armed_;
    if (const auto why = closed_by_window(reading->now); why && is_first_look) return refuse(*why);
    // Before anything else: arming reads it.
    if (reading->lacks_topic && !has_made_topic_) {
        stage_ = ReopenStage::make_topic;
        return;
    }
    if (reading->moves && !has_closed_old_) {
        stage_ = ReopenStage::close_old;
        return;
    }
    const bool is_its_gate = gate_ && gate_->round == row_.round;
    if (is_its_gate && reading->untold && has_told_) {
        refuse({FaultKind::conflict, "the event was closed again meanwhile", "run this again if the event is to be open"});
    } else if (is_its_gate && reading->untold) {
        stage_ = ReopenStage::close_round;
    } else if (is_its_gate && reading->is_armed) {
        stage_ = ReopenStage::reopen_round;
    } else if (!has_armed_) {
        stage_ = ReopenStage::arm;
    } else if (reading->moves) {
        refuse({FaultKind::conflict, "the gate here was not armed: somebody else acts on it", "run this again"});
    } else if (is_its_gate) {
        // Somebody else arms it at this moment; an open gate that is not armed yet grants nothing.
        stage_ = ReopenStage::reopen_round;
    } else {
        refuse(missing_gate());
    }
}

void Reopening::on_round(const Result<RoundRow>& row) {
    if (!row) return refuse(row.fault());
    row_ = *row;
    stage_ = stage_ == ReopenStage::close_round ? ReopenStage::mark_told : ReopenStage::open_gate;
}

void Reopening::on(const Status& status) {
    // Somebody else may be arming it at this moment.
    const bool goes_on = status || (stage_ == ReopenStage::arm && status.fault().kind == FaultKind::conflict);
    if (!goes_on) return refuse(status.fault());
    switch (stage_) {
    case ReopenStage::make_topic:
        has_made_topic_ = true;
        stage_ = ReopenStage::read;
        return;
    case ReopenStage::mark_told:
        has_told_ = true;
        stage_ = ReopenStage::read;
        return;
    case ReopenStage::close_old:
        has_closed_old_ = true;
        stage_ = ReopenStage::read;
        return;
    case ReopenStage::arm:
        has_armed_ = true;
        stage_ = ReopenStage::read;
        return;
    case ReopenStage::open_gate: stage_ = ReopenStage::done; return;
    case ReopenStage::read:
    case ReopenStage::close_round:
    case ReopenStage::reopen_round:
    case ReopenStage::done:
    case ReopenStage::refused: return;
    }
}

} // namespace coupon
