#pragma once

#include "core/issue_record.hpp"
#include "core/ledger_rule.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Records of an event that no key of its ledger signed: another environment writes to the same topic (lib/README.md, "Topic record"),
/// pure.
namespace coupon {

/// What was found on a topic.
struct ForeignRecords {
    std::int64_t count = 0;
    SourcePosition first; ///< where there is one

    friend bool operator==(const ForeignRecords&, const ForeignRecords&) = default;
};

/// "3 records, the first at 0@17,"
[[nodiscard]] std::string foreign_records_text(const ForeignRecords& found);

/// What names a higher one is a forgery, and the worker makes it a failed event.
inline constexpr Round highest_believable_round{1'000'000'000'000};

/// The higher round, unless `round` is not believable.
[[nodiscard]] Round higher_round(Round highest, Round round);

/// Takes the records of a topic, one after the other.
class ForeignRecordSearch {
public:
    /// `rounds`: all rounds of the event, as they were after the ends of the topic were read.
    ForeignRecordSearch(std::string event, const std::vector<RoundRow>& rounds);

    void take(const SourceRecord& record);
    [[nodiscard]] bool has_found() const { return !found_.empty(); }
    /// The highest round any record of the event names, 0 for none.
    [[nodiscard]] Round highest_round() const { return highest_round_; }
    /// Without those that the ledger keeps as failed events: a worker has seen them, and they are nobody's coupon.
    [[nodiscard]] ForeignRecords without(const std::vector<RecordIdentity>& failed) const;

private:
    [[nodiscard]] bool is_signed_here(const IssueRecord& record) const;

    std::string event_;
    std::vector<RoundRow> rounds_;
    std::vector<RecordIdentity> found_;
    Round highest_round_{0};
};

} // namespace coupon
