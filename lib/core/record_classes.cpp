#include "core/record_classes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace coupon {

namespace {

/// The coupons of one round, to be asked by user and by slot.
class Rows {
public:
    explicit Rows(const std::vector<Coupon>& coupons) {
        for (const auto& coupon : coupons) {
            rows_.emplace_back(coupon.user, coupon.slot);
            holder_of_.emplace(coupon.slot.value(), coupon.user);
        }
        std::sort(rows_.begin(), rows_.end());
    }

    [[nodiscard]] bool has(UserId user, Slot slot) const { return std::binary_search(rows_.begin(), rows_.end(), std::pair(user, slot)); }
    [[nodiscard]] std::optional<Slot> slot_of(UserId user) const {
        const auto row = std::lower_bound(rows_.begin(), rows_.end(), std::pair(user, Slot()));
        return row == rows_.end() || row->first != user ? std::nullopt : std::optional(row->second);
    }
    [[nodiscard]] std::optional<UserId> holder_of(Slot slot) const {
        const auto holder = holder_of_.find(slot.value());
        return holder == holder_of_.end() ? std::nullopt : std::optional(holder->second);
    }

private:
    std::vector<std::pair<UserId, Slot>> rows_;
    std::unordered_map<std::int64_t, UserId> holder_of_;
};

/// A failed event speaks for the record at its place, unless the topic was made anew and another record lies there now.
bool speaks_for(const FailedEvent& event, const IssueRecord* issue) {
    if (issue == nullptr) return true;
    return (!event.user || *event.user == issue->grant.user) && (!event.round || *event.round == issue->grant.round);
}

class Classifier {
public:
    explicit Classifier(const AuditInput& input) : input_(input) {
        if (!input.ledger) return;
        for (const auto& event : input.ledger->failed) {
            if (event.topic == input.topic) failed_.emplace(event.at, &event);
        }
        if (input.round) rows_.emplace(*input.round, Rows(input.ledger->coupons));
        for (const auto& [round, coupons] : input.ledger->other_coupons)
            rows_.emplace(round, Rows(coupons));
    }

    [[nodiscard]] ClassedRecord judge(const TopicRecord& record);
    /// Fenced records come after all others: only then is known whether another record stands for the same row.
    void judge_fenced(ClassedRecord& record);

private:
    void judge_by_rows(ClassedRecord& record);
    void take_row(ClassedRecord& record);
    [[nodiscard]] bool has_row(const Grant& grant) const;

    using RowKey = std::tuple<Round, UserId, Slot>;

    const AuditInput& input_;
    std::map<SourcePosition, const FailedEvent*> failed_;
    std::map<Round, Rows> rows_;
    std::set<RowKey> taken_; ///< rows that a record stands for already
};

ClassedRecord Classifier::judge(const TopicRecord& record) {
    ClassedRecord classed{record.at, &record.decoded, std::get_if<IssueRecord>(&record.decoded), {}, {}, {}};
    if (const auto* newer = std::get_if<NewerFormat>(&record.decoded)) {
        classed.why = "it has format version " + std::to_string(newer->version);
        return classed;
    }
    if (!input_.ledger) return classed;
    const auto* undecodable = std::get_if<Undecodable>(&record.decoded);
    const auto failed = failed_.find(record.at);
    const bool failed_here = failed != failed_.end() && speaks_for(*failed->second, classed.issue);
    if (classed.issue != nullptr && classed.issue->event == input_.event) {
        const auto round = classed.issue->grant.round;
        const auto fences = input_.ledger->fences.find(round);
        static const std::vector<Fence> no_fences;
        classed.admitted = admit(*classed.issue, record.at, find_round(input_.ledger, round),
                                 fences == input_.ledger->fences.end() ? no_fences : fences->second);
    }
    if (failed_here && (undecodable != nullptr || !failed->second->resolved)) {
        classed.becomes = RecordClass::failed;
        classed.why = failed->second->reason;
    } else if (undecodable != nullptr) {
        classed.why = undecodable->reason;
    } else if (classed.issue->event != input_.event) {
        classed.why = "it belongs to event " + classed.issue->event;
    } else {
        judge_by_rows(classed);
    }
    return classed;
}

void Classifier::judge_by_rows(ClassedRecord& record) {
    const Grant& grant = record.issue->grant;
    switch (record.admitted.admission) {
    case Admission::failed: record.why = record.admitted.reason; return;
    case Admission::fenced: return;
    case Admission::stale:
        // Records of an abandoned round may have been issued before it was given up.
        if (has_row(grant)) return take_row(record);
        record.becomes = RecordClass::stale;
        return;
    case Admission::issue: break;
    }
    if (has_row(grant)) return take_row(record);
    const auto rows = rows_.find(grant.round);
    const auto settlement =
        rows == rows_.end() ? Settlement{} : settle(grant, rows->second.slot_of(grant.user), rows->second.holder_of(grant.slot));
    record.why = settlement.becomes == RecordClass::failed ? settlement.reason : "there is no row";
}

void Classifier::judge_fenced(ClassedRecord& record) {
    if (record.becomes || record.issue == nullptr || record.admitted.admission != Admission::fenced) return;
    const Grant& grant = record.issue->grant;
    if (has_row(grant) && !taken_.contains({grant.round, grant.user, grant.slot})) return take_row(record);
    record.becomes = RecordClass::fenced;
}

void Classifier::take_row(ClassedRecord& record) {
    const Grant& grant = record.issue->grant;
    const bool is_first = taken_.insert({grant.round, grant.user, grant.slot}).second;
    record.becomes = is_first ? RecordClass::issued : RecordClass::already_issued;
}

bool Classifier::has_row(const Grant& grant) const {
    const auto rows = rows_.find(grant.round);
    return rows != rows_.end() && rows->second.has(grant.user, grant.slot);
}

} // namespace

std::vector<ClassedRecord> class_records(const AuditInput& input) {
    std::vector<ClassedRecord> classed;
    if (!input.topic_log) return classed;
    Classifier classifier(input);
    classed.reserve(input.topic_log->records.size());
    for (const auto& record : input.topic_log->records)
        classed.push_back(classifier.judge(record));
    for (auto& record : classed)
        classifier.judge_fenced(record);
    return classed;
}

const RoundRow* find_round(const std::optional<LedgerSnapshot>& ledger, Round round) {
    if (!ledger) return nullptr;
    const auto row = std::find_if(ledger->rounds.begin(), ledger->rounds.end(), [&](const RoundRow& one) { return one.round == round; });
    return row == ledger->rounds.end() ? nullptr : &*row;
}

} // namespace coupon
