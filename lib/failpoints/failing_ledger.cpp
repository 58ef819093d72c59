#include "failpoints/failing_ledger.hpp"

namespace coupon {

Result<std::vector<RecordOutcome>> FailingLedger::issue(std::span<const SourceRecord> batch, Deadline deadline) {
    set_->issuing(true);
    auto outcomes = inner_->issue(batch, deadline);
    set_->issuing(false);
    return set_->after("after-commit", std::move(outcomes));
}

Result<std::vector<RecordOutcome>> FailingLedger::issue_skipped(std::span<const SourceRecord> batch, Deadline deadline) {
    set_->issuing(true);
    auto outcomes = inner_->issue_skipped(batch, deadline);
    set_->issuing(false);
    return set_->after("after-commit", std::move(outcomes));
}

Result<RoundState> FailingLedger::store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends,
                                              const ArmingPlace& place, Deadline deadline) {
    if (auto known = set_->before("arming-end-offsets"); !known) return known.fault();
    return set_->after("arming-store-epoch", inner_->store_fence(round, epoch, ends, place, deadline));
}

Result<RoundRow> FailingLedger::close_round(Round round, const std::string& token, Deadline deadline) {
    return set_->after("reset-close-ledger", inner_->close_round(round, token, deadline));
}

Result<RoundRow> FailingLedger::close_owned_round(Round round, const std::string& owner, const std::string& token, Deadline deadline) {
    return set_->after("reset-close-ledger", inner_->close_owned_round(round, owner, token, deadline));
}

Result<RoundRow> FailingLedger::reopen_round(Round round, const std::string& owner, const std::string& token,
                                             const std::optional<Instant>& closes_at, Deadline deadline) {
    return set_->after("reset-open-ledger", inner_->reopen_round(round, owner, token, closes_at, deadline));
}

Status FailingLedger::abandon_round(Round round, const std::string& token, Deadline deadline) {
    is_forced_ = true;
    return set_->after("reset-abandon", inner_->abandon_round(round, token, deadline));
}

Status FailingLedger::insert_round(const NewRound& fresh, Deadline deadline) {
    if (fresh.previous) {
        if (auto ready = set_->before(is_forced_ ? "reset-list-claims" : "reset-settle"); !ready) return ready;
    }
    return set_->after("reset-insert-round", inner_->insert_round(fresh, deadline));
}

Status FailingLedger::finish_opening(Round round, const std::string& token, const GateHome& home, Deadline deadline) {
    return set_->after("reset-open-ledger", inner_->finish_opening(round, token, home, deadline));
}

} // namespace coupon
