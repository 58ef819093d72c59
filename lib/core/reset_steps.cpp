#include "core/reset_steps.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto after_worker = "run coupon-consume --until-drained, then repeat this";
constexpr auto after_recovery = "run coupon-consume --recover --yes, then repeat this; add --force to abandon what it could not issue";
constexpr auto after_rebuild = "run coupon-reset --rebuild-gate, then repeat this";

const char* hint_of(SettledBy by) {
    switch (by) {
    case SettledBy::worker: break;
    case SettledBy::recovery: return after_recovery;
    case SettledBy::rebuild: return after_rebuild;
    }
    return after_worker;
}

} // namespace

const char* name_of(ResetStage stage) {
    switch (stage) {
    case ResetStage::read: return "read";
    case ResetStage::close_round: return "close round";
    case ResetStage::close_gate: return "close gate";
    case ResetStage::settle: return "settle";
    case ResetStage::abandon_round: return "abandon round";
    case ResetStage::give_up_gate: return "give up gate";
    case ResetStage::list_claims: return "list claims";
    case ResetStage::read_topic: return "read topic";
    case ResetStage::insert_round: return "insert round";
    case ResetStage::purge: return "purge topic";
    case ResetStage::create_gate: return "create gate";
    case ResetStage::finish_opening: return "verify";
    case ResetStage::open_gate: return "open gate";
    case ResetStage::done: return "done";
    case ResetStage::refused: return "refused";
    }
    return "refused";
}

void Resetting::refuse(const Fault& fault) {
    fault_ = fault;
    stage_ = ResetStage::refused;
}

void Resetting::on_read(const Result<ResetReading>& reading) {
    if (!reading) return refuse(reading.fault());
    reading_ = *reading;
    const Round in_gate = reading_.gate ? reading_.gate->round : Round(0);
    const Round in_ledger = reading_.highest ? reading_.highest->round : Round(0);
    old_round_ = std::max(in_gate, in_ledger);
    stage_ = reading_.highest ? ResetStage::close_round : ResetStage::read_topic;
}

void Resetting::on_round_closed(const Result<RoundRow>& row) {
    if (!row) return refuse(row.fault());
    reading_.highest = *row;
    if (row->state == RoundState::opening) {
        resuming_ = true;
        new_round_ = row->round;
    }
    stage_ = ResetStage::close_gate;
}

void Resetting::on_settled(const Result<std::vector<std::string>>& reasons, SettledBy by) {
    if (!reasons) return refuse(reasons.fault());
    if (reasons->empty()) {
        stage_ = ResetStage::read_topic;
        return;
    }
    if (force_ == Force::yes) {
        stage_ = ResetStage::abandon_round;
        return;
    }
    std::string sentence = "round " + old_round_.text() + " is not settled: ";
    for (const auto& reason : *reasons)
        sentence += (&reason == &reasons->front() ? "" : ", ") + reason;
    refuse({FaultKind::not_quiescent, sentence + "; the event is now CLOSED", hint_of(by)});
}

void Resetting::on_topic_read(const Result<Round>& highest) {
    if (!highest) return refuse(highest.fault());
    new_round_ = std::max(old_round_, *highest).next();
    stage_ = ResetStage::insert_round;
}

void Resetting::on_created(const Result<ServerIdentity>& server) {
    if (!server) return refuse(server.fault());
    created_with_ = *server;
    stage_ = ResetStage::finish_opening;
}

void Resetting::on(const Status& status) {
    // A worker that saw the round closed and its gate open has closed the gate: from here on it is one that was made since.
    const bool was_closed = !status && stage_ == ResetStage::close_gate && status.fault().kind == FaultKind::conflict;
    if (was_closed) reading_.gate.reset();
    // A purge that fails is no harm: the round in every record and row is the fence.
    if (!status && !was_closed && stage_ != ResetStage::purge) return refuse(status.fault());
    switch (stage_) {
    case ResetStage::close_gate:
        if (resuming_) {
            stage_ = ResetStage::purge;
        } else if (reading_.highest->state == RoundState::abandoned) {
            stage_ = ResetStage::give_up_gate;
        } else {
            stage_ = ResetStage::settle;
        }
        return;
    case ResetStage::abandon_round: stage_ = ResetStage::give_up_gate; return;
    case ResetStage::give_up_gate: stage_ = ResetStage::list_claims; return;
    case ResetStage::list_claims: stage_ = ResetStage::read_topic; return;
    case ResetStage::insert_round: stage_ = ResetStage::purge; return;
    case ResetStage::purge: stage_ = ResetStage::create_gate; return;
    case ResetStage::finish_opening: stage_ = ResetStage::open_gate; return;
    case ResetStage::open_gate: stage_ = ResetStage::done; return;
    case ResetStage::read:
    case ResetStage::close_round:
    case ResetStage::settle:
    case ResetStage::read_topic:
    case ResetStage::create_gate:
    case ResetStage::done:
    case ResetStage::refused: return;
    }
}

} // namespace coupon
