#include "audit/record_classes.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// The coupons of one round, to be asked by user and by slot, and which of them a record stands for already.
class Rows {
public:
    explicit Rows(const std::vector<Coupon>& coupons)
        : coupons_(&coupons), holders_(coupons.size(), [&](std::size_t i) { return std::optional(coupons[i].slot); }),
          taken_(coupons.size(), false) {}

    /// The first row of exactly this user and slot.
    [[nodiscard]] std::optional<Index> find(UserId user, Slot slot) const {
        const auto first = holders_.first(slot);
        if (!first || (*coupons_)[*first].user == user) return first;
        for (const auto& [taken_slot, index] : holders_.later()) {
            if (taken_slot == slot && (*coupons_)[index].user == user) return index;
        }
        return std::nullopt;
    }
    [[nodiscard]] std::optional<Slot> slot_of(UserId user) {
        if (by_user_.size() != coupons_->size()) sort_by_user();
        const auto row = std::lower_bound(by_user_.begin(), by_user_.end(), std::pair(user, Slot()));
        return row == by_user_.end() || row->first != user ? std::nullopt : std::optional(row->second);
    }
    [[nodiscard]] std::optional<UserId> holder_of(Slot slot) const {
        const auto first = holders_.first(slot);
        return first ? std::optional((*coupons_)[*first].user) : std::nullopt;
    }
    [[nodiscard]] bool is_taken(Index row) const { return taken_[row]; }
    void take(Index row) { taken_[row] = true; }

private:
    void sort_by_user() {
        for (const auto& coupon : *coupons_)
            by_user_.emplace_back(coupon.user, coupon.slot);
        std::sort(by_user_.begin(), by_user_.end());
    }

    const std::vector<Coupon>* coupons_;
    SlotHolders holders_;
    std::vector<bool> taken_;
    std::vector<std::pair<UserId, Slot>> by_user_; ///< once somebody asked: only records without their row need it
};

class Classifier {
public:
    explicit Classifier(const AuditInput& input) : input_(input) {
        if (!input.ledger) return;
        // A failed event speaks for its own record, not for another one that lies at the same place today.
        for (const auto& event : input.ledger->failed) {
            if (event.topic == input.topic && input.topic_log->kept_as_failed.contains(event.identity())) failed_.emplace(event.at, &event);
        }
        if (input.round) rows_.emplace(*input.round, Rows(input.ledger->coupons));
        for (const auto& [round, coupons] : input.ledger->other_coupons)
            rows_.emplace(round, Rows(coupons));
    }

    /// `why` gets why the record has no class, or why it failed.
    [[nodiscard]] JudgedRecord judge(const TopicRecord& record, std::string& why);
    /// Fenced records come after all others: only then is known whether another record stands for the same row.
    void judge_fenced(JudgedRecord& judged, const Grant& grant);

private:
    void judge_by_rows(JudgedRecord& judged, const Grant& grant, std::string& why);
    static void take_row(JudgedRecord& judged, Rows& rows, Index row);
    [[nodiscard]] Rows* rows_of(Round round) {
        const auto rows = rows_.find(round);
        return rows == rows_.end() ? nullptr : &rows->second;
    }

    const AuditInput& input_;
    std::map<SourcePosition, const FailedEvent*> failed_;
    std::map<Round, Rows> rows_;
};

JudgedRecord Classifier::judge(const TopicRecord& record, std::string& why) {
    JudgedRecord judged;
    if (!input_.ledger) return judged;
    const auto* undecodable = std::get_if<Undecodable>(&record.decoded);
    const auto* issue = std::get_if<IssueRecord>(&record.decoded);
    const auto failed = failed_.find(record.at);
    const bool failed_here = failed != failed_.end();
    std::string not_admitted;
    if (issue != nullptr && issue->event == input_.event) {
        const auto round = issue->grant.round;
        const auto fences = input_.ledger->fences.find(round);
        static const std::vector<Fence> no_fences;
        auto admitted =
            admit(*issue, record.at, find_round(input_.ledger, round), fences == input_.ledger->fences.end() ? no_fences : fences->second);
        judged.admission = admitted.admission;
        not_admitted = std::move(admitted.reason);
    }
    if (failed_here && (undecodable != nullptr || !failed->second->resolved)) {
        judged.becomes = RecordClass::failed;
        why = failed->second->reason;
    } else if (undecodable != nullptr) {
        why = undecodable->reason;
    } else if (issue->event != input_.event) {
        why = "it belongs to event " + issue->event;
    } else {
        why = std::move(not_admitted);
        judge_by_rows(judged, issue->grant, why);
    }
    return judged;
}

void Classifier::judge_by_rows(JudgedRecord& judged, const Grant& grant, std::string& why) {
    auto* const rows = rows_of(grant.round);
    const auto row = rows == nullptr ? std::nullopt : rows->find(grant.user, grant.slot);
    switch (judged.admission) {
    case Admission::failed:
    case Admission::fenced: return;
    case Admission::stale:
        // Records of an abandoned round may have been issued before it was given up.
        if (row) return take_row(judged, *rows, *row);
        judged.becomes = RecordClass::stale;
        return;
    case Admission::issue: break;
    }
    if (row) return take_row(judged, *rows, *row);
    const auto settlement = rows == nullptr ? Settlement{} : settle(grant, rows->slot_of(grant.user), rows->holder_of(grant.slot));
    why = settlement.becomes == RecordClass::failed ? settlement.reason : "there is no row";
}

void Classifier::judge_fenced(JudgedRecord& judged, const Grant& grant) {
    auto* const rows = rows_of(grant.round);
    const auto row = rows == nullptr ? std::nullopt : rows->find(grant.user, grant.slot);
    if (row && !rows->is_taken(*row)) return take_row(judged, *rows, *row);
    judged.becomes = RecordClass::fenced;
}

void Classifier::take_row(JudgedRecord& judged, Rows& rows, Index row) {
    judged.becomes = rows.is_taken(row) ? RecordClass::already_issued : RecordClass::issued;
    rows.take(row);
}

} // namespace

ClassedRecords::ClassedRecords(const AuditInput& input) : input_(&input) {
    if (!input.topic_log) return;
    const auto& records = input.topic_log->records;
    Classifier classifier(input);
    judged_.reserve(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::string why;
        judged_.push_back(classifier.judge(records[i], why));
        if (!why.empty()) why_.emplace(static_cast<Index>(judged_.size() - 1), std::move(why));
    }
    for (std::size_t i = 0; i < judged_.size(); ++i) {
        if (judged_[i].admission == Admission::fenced && !judged_[i].becomes) classifier.judge_fenced(judged_[i], *records.grant(i));
    }
}

ClassedRecord ClassedRecords::operator[](std::size_t index) const {
    ClassedRecord classed{judged_[index], input_->topic_log->records[index], {}};
    if (const auto why = why_.find(static_cast<Index>(index)); why != why_.end()) classed.why = why->second;
    return classed;
}

std::optional<UserId> ClassedRecords::user_of(std::size_t index) const {
    const auto& records = input_->topic_log->records;
    if (const auto grant = records.grant(index))
        return grant->round == input_->round && records.event(index) == input_->event ? std::optional(grant->user) : std::nullopt;
    const auto record = records[index];
    const auto* undecodable = std::get_if<Undecodable>(&record.decoded);
    return undecodable != nullptr ? undecodable->user : std::nullopt;
}

const RoundRow* find_round(const std::optional<LedgerSnapshot>& ledger, Round round) {
    if (!ledger) return nullptr;
    const auto row = std::find_if(ledger->rounds.begin(), ledger->rounds.end(), [&](const RoundRow& one) { return one.round == round; });
    return row == ledger->rounds.end() ? nullptr : &*row;
}

} // namespace coupon
