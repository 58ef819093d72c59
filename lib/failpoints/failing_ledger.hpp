#pragma once

#include "failpoints/failpoint_set.hpp"
#include "ledger/ledger.hpp"

#include <memory>

namespace coupon {

/// A ledger that fails after what it wrote. What is only read is handed through. "before-commit" is inside of the adapter: it is passed
/// where the adapter calls FailpointSet::before_commit while a batch is issued.
class FailingLedger final : public Ledger {
public:
    FailingLedger(std::unique_ptr<Ledger> inner, std::shared_ptr<FailpointSet> set) : inner_(std::move(inner)), set_(std::move(set)) {}

    Result<std::vector<RoundRow>> rounds(Deadline deadline) override { return inner_->rounds(deadline); }
    Result<std::vector<std::string>> events(Deadline deadline) override { return inner_->events(deadline); }
    Result<std::optional<std::string>> event_of_topic(Deadline deadline) override { return inner_->event_of_topic(deadline); }
    Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) override { return inner_->coupons(round, deadline); }
    Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) override {
        return inner_->coupons_after(round, slot, most, deadline);
    }
    Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline deadline) override {
        return inner_->coupons_of(round, user, deadline);
    }
    Result<std::int64_t> coupon_count(Round round, Deadline deadline) override { return inner_->coupon_count(round, deadline); }
    Result<std::vector<Fence>> fences(Round round, Deadline deadline) override { return inner_->fences(round, deadline); }
    Result<std::vector<FailedEvent>> failed(Deadline deadline) override { return inner_->failed(deadline); }
    Result<std::vector<RecordIdentity>> failed_identities(Deadline deadline) override { return inner_->failed_identities(deadline); }
    Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                  Deadline deadline) override {
        return inner_->open_failed(after, most, deadline);
    }
    Result<NamedClaims> failed_claims(Round round, Deadline deadline) override { return inner_->failed_claims(round, deadline); }
    Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) override {
        return inner_->failed_counts(which, deadline);
    }
    Result<SettledTopic> settled_topic(Deadline deadline) override { return inner_->settled_topic(deadline); }
    Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) override {
        return inner_->purge_offsets(round, deadline);
    }
    Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) override { return inner_->snapshot(round, deadline); }
    Result<LedgerSettings> settings(Deadline deadline) override { return inner_->settings(deadline); }

    Status create_schema(Deadline deadline) override { return inner_->create_schema(deadline); }
    Status check_schema(Deadline deadline) override { return inner_->check_schema(deadline); }
    void watch_epochs(std::shared_ptr<EpochWatch> watch) override { inner_->watch_epochs(std::move(watch)); }
    Status keep_void(Round round, std::span<const VoidClaim> claims, Deadline deadline) override {
        return inner_->keep_void(round, claims, deadline);
    }
    Result<RetryOutcome> retry_failed(const std::optional<RecordIdentity>& after, std::int64_t most, Deadline deadline) override {
        return inner_->retry_failed(after, most, deadline);
    }
    Result<RetryOutcome> retry(std::span<const RecordIdentity> records, const std::map<Round, Epoch>& epochs, Deadline deadline) override {
        return inner_->retry(records, epochs, deadline);
    }
    Result<std::int64_t> dismiss(const FailedSelection& which, const std::string& why, std::int64_t most, Deadline deadline) override {
        return inner_->dismiss(which, why, most, deadline);
    }
    Status begin_fences_at_zero(Round round, std::span<const Fence> lost, Deadline deadline) override {
        return inner_->begin_fences_at_zero(round, lost, deadline);
    }
    Status lock_resets(Deadline deadline) override { return inner_->lock_resets(deadline); }
    Result<std::int64_t> purge_before(Round keep_from, Deadline deadline) override { return inner_->purge_before(keep_from, deadline); }

    Result<std::vector<RecordOutcome>> issue(std::span<const SourceRecord> batch, Deadline deadline) override;
    Result<std::vector<RecordOutcome>> issue_skipped(std::span<const SourceRecord> batch, Deadline deadline) override;
    Result<RoundState> store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place,
                                   Deadline deadline) override;
    Result<RoundRow> close_round(Round round, const std::string& token, Deadline deadline) override;
    Status list_address(Round round, Epoch epoch, const ArmingPlace& place, Deadline deadline) override {
        return inner_->list_address(round, epoch, place, deadline);
    }
    Result<RoundRow> close_owned_round(Round round, const std::string& owner, const std::string& token, Deadline deadline) override;
    Result<RoundRow> reopen_round(Round round, const std::string& owner, const std::string& token, const std::optional<Instant>& closes_at,
                                  Deadline deadline) override;
    Status abandon_round(Round round, const std::string& token, Deadline deadline) override;
    Status insert_round(const NewRound& fresh, Deadline deadline) override;
    Status finish_opening(Round round, const std::string& token, const GateHome& home, Deadline deadline) override;

private:
    std::unique_ptr<Ledger> inner_;
    std::shared_ptr<FailpointSet> set_;
    bool is_forced_ = false; ///< the old round was abandoned by this program
};

} // namespace coupon
