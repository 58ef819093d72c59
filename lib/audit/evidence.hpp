#pragma once

#include "audit/fates.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What an audit has read, laid out so that each check can ask for a user, a slot or a record. Points into the input, which must outlive
/// it.
///
/// Ledger, topic, gate and histories were read in this order, against the way of an application. So whatever the ledger holds must have
/// its record, its claim and its request, even while things move; the other direction can be judged only when complete().
class Evidence {
public:
    explicit Evidence(const AuditInput& input);
    Evidence(const Evidence&) = delete;
    Evidence& operator=(const Evidence&) = delete;

    [[nodiscard]] const AuditInput& input() const { return input_; }
    /// The audited round in the ledger, or nullptr.
    [[nodiscard]] const RoundRow* round_row() const { return round_row_; }
    [[nodiscard]] std::optional<Limit> limit() const;
    /// Nothing more is on its way: what is missing now is missing for good.
    [[nodiscard]] bool is_complete() const;
    /// The gate stayed in the epoch that the ledger names from before the stores were read until all was read, histories too: no claim was
    /// forgotten and no record fenced meanwhile. So it is of a complete event.
    [[nodiscard]] bool is_one_epoch() const;
    /// The ledger had settled this place of the topic before it was read: the group had committed it.
    [[nodiscard]] bool is_settled(const SourcePosition& at) const;
    /// The database that was read shows that it has everything the workers had written when they committed: their position in each
    /// partition, or what became of each record behind that. A replica that lags, or an old copy, does not.
    [[nodiscard]] bool ledger_is_current() const { return ledger_is_current_; }
    /// The workers were past this place of the topic as the database that was read knows it: what it lacks of this record it will never
    /// have.
    [[nodiscard]] bool is_judged(const SourcePosition& at) const;
    /// By the topic, the row that this user lacks may be one that the database has not come to.
    [[nodiscard]] bool may_come_to_row(const Fate& fate) const;
    /// A claim of this slot may still become a row: it is in the outbox, or a record of it was not settled when the ledger was read.
    [[nodiscard]] bool may_become_row(const Fate& fate, Slot slot) const;
    /// The ledger was read and still holds the round's coupons.
    [[nodiscard]] bool has_rows() const;
    [[nodiscard]] bool is_abandoned() const { return round_row_ != nullptr && round_row_->state == RoundState::abandoned; }
    /// The gate where it was read and is of the audited round, or nullptr.
    [[nodiscard]] const GateSnapshot* gate() const { return gate_; }
    /// The gate is armed, in the epoch and at the server that the ledger names: it knows every claim that counts.
    [[nodiscard]] bool gate_remembers() const;
    /// The topic was read and still holds every record of the round: nothing was deleted beyond what resets stored before the round began.
    [[nodiscard]] bool topic_is_whole() const;

    /// The group has not come to this place of the topic. REQUIRES: the topic was read.
    [[nodiscard]] bool is_unread(const SourcePosition& at) const;

    [[nodiscard]] const ClassedRecords& records() const { return records_; }
    /// The histories of this round that are as their programs wrote them, each once.
    [[nodiscard]] const std::vector<const History*>& histories() const { return histories_; }
    /// What is wrong with a history, and what to do about it.
    struct HistoryDefect {
        std::string sentence;
        std::string hint;
        bool may_be_closed_yet = false; ///< its program may still be running
    };
    /// Histories that are incomplete, changed, unreadable in parts, of another round, or given twice. That some are missing or incomplete
    /// is no defect where the histories given are known to be partial.
    [[nodiscard]] const std::vector<HistoryDefect>& history_defects() const { return history_defects_; }
    /// They tell of every application of the round.
    [[nodiscard]] bool histories_are_all() const {
        return !histories_.empty() && history_defects_.empty() && !input_.histories_are_partial;
    }

    [[nodiscard]] const Fates& fates() const { return *fates_; }
    /// nullopt for somebody never seen.
    [[nodiscard]] std::optional<Fate> fate_of(UserId user) const { return fates_->find(user); }
    /// The fate of somebody who was seen.
    [[nodiscard]] Fate known_fate_of(UserId user) const;
    [[nodiscard]] std::optional<UserId> row_holder(Slot slot) const;
    [[nodiscard]] std::optional<UserId> claim_holder(Slot slot) const;
    [[nodiscard]] const SlotHolders& row_holders() const { return row_holders_; }
    [[nodiscard]] const SlotHolders& claim_holders() const { return claim_holders_; }
    /// A coupon row of exactly this user and slot.
    [[nodiscard]] bool has_row(const Fate& fate, Slot slot) const;
    /// An arming found exactly this user's claim of this slot void.
    [[nodiscard]] bool is_void(UserId user, Slot slot) const;
    /// A record of exactly this user and slot that may be issued or was.
    [[nodiscard]] bool has_record(const Fate& fate, Slot slot) const;

    [[nodiscard]] const Applications& applications() const { return *applications_; }

private:
    void sort_out_histories();
    void find_out_what_is_shown();
    /// The group had committed it before the ledger was read.
    [[nodiscard]] std::int64_t settled_to(const PartitionLag& log) const;
    [[nodiscard]] bool shows_all_settled() const;

    const AuditInput& input_;
    const RoundRow* round_row_;
    const GateSnapshot* gate_ = nullptr;
    ClassedRecords records_;
    std::vector<const History*> histories_;
    std::vector<HistoryDefect> history_defects_;
    std::optional<Applications> applications_;
    std::optional<Fates> fates_;
    SlotHolders row_holders_;
    SlotHolders claim_holders_;
    std::map<std::int32_t, std::int64_t> shown_to_; ///< by partition, the offset up to which the database shows everything
    bool ledger_is_current_ = false;
};

/// A record that may be issued, or was, and is no failed event.
[[nodiscard]] bool speaks_for_its_user(const JudgedRecord& record);

} // namespace coupon
