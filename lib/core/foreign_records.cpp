#include "core/foreign_records.hpp"

#include "core/wording.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

Round higher_round(Round highest, Round round) {
    return round <= highest_believable_round ? std::max(highest, round) : highest;
}

std::string foreign_records_text(const ForeignRecords& found) {
    return grouped(found.count) + (found.count == 1 ? " record, at " : " records, the first at ") + std::to_string(found.first.partition) +
           "@" + std::to_string(found.first.offset) + ",";
}

ForeignRecordSearch::ForeignRecordSearch(std::string event, const std::vector<RoundRow>& rounds)
    : event_(std::move(event)), rounds_(rounds) {}

bool ForeignRecordSearch::is_signed_here(const IssueRecord& record) const {
    const auto own = std::ranges::find(rounds_, record.grant.round, &RoundRow::round);
    // The records of a round without a key are not signed.
    if (own != rounds_.end() && (!own->key || is_signed(record, *own->key))) return true;
    return std::ranges::any_of(rounds_, [&](const RoundRow& row) { return row.key && is_signed(record, *row.key); });
}

void ForeignRecordSearch::take(const SourceRecord& record) {
    const auto decoded = decode(record.raw);
    const auto* issue = std::get_if<IssueRecord>(&decoded);
    if (issue == nullptr || issue->event != event_) return;
    highest_round_ = higher_round(highest_round_, issue->grant.round);
    if (!is_signed_here(*issue)) found_.push_back(identity_of(record));
}

ForeignRecords ForeignRecordSearch::without(const std::vector<RecordIdentity>& failed) const {
    const std::set<RecordIdentity> seen(failed.begin(), failed.end());
    ForeignRecords found;
    for (const auto& record : found_) {
        if (seen.contains(record)) continue;
        if (found.count == 0 || record.at < found.first) found.first = record.at;
        ++found.count;
    }
    return found;
}

} // namespace coupon
