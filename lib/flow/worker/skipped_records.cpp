#include "flow/worker/skipped_records.hpp"

#include "flow/patience.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t batch = 500;

/// A record and the claim that it speaks for.
struct Skipped {
    std::vector<SourceRecord> records;
    std::vector<ClaimedSlot> claims; ///< of each, in order
};

Result<Skipped> read_skipped(const Undecided& undecided, const std::vector<OffsetRange>& ranges, const RoundRow& round, TopicLog& topic,
                             Deadline deadline) {
    Skipped skipped;
    const auto read = topic.read(
        ranges,
        [&](const SourceRecord& record) {
            const auto decoded = decode(record.raw);
            const auto* issue = std::get_if<IssueRecord>(&decoded);
            if (issue == nullptr || issue->event != round.event || issue->grant.round != round.round) return;
            if (!undecided.users.contains(issue->grant.user) && !undecided.slots.contains(issue->grant.slot)) return;
            skipped.records.push_back(record);
            skipped.claims.push_back({issue->grant.user, issue->grant.slot});
        },
        deadline);
    if (!read) return read.fault();
    return skipped;
}

void learn(const ClaimedSlot& claim, RecordClass becomes, KnownClaims& known) {
    if (becomes == RecordClass::issued || becomes == RecordClass::already_issued) known.ledger[claim.user] = claim.slot;
    const auto on_topic = known.topic.find(claim.user);
    if (becomes == RecordClass::failed && on_topic != known.topic.end() && on_topic->second == claim.slot) known.topic.erase(on_topic);
}

} // namespace

Status issue_skipped(const Undecided& undecided, const std::vector<OffsetRange>& ranges, const RoundRow& round, TopicLog& topic,
                     Ledger& ledger, World& world, Milliseconds timeout, KnownClaims& known) {
    std::int64_t offsets = 0;
    for (const auto& range : ranges)
        offsets += range.to - range.from;
    const auto skipped = read_skipped(undecided, ranges, round, topic, world.now() + time_for(offsets, timeout));
    if (!skipped) return skipped.fault();
    const std::span<const SourceRecord> all(skipped->records);
    for (std::size_t from = 0; from < all.size(); from += batch) {
        const auto outcomes = ledger.issue_skipped(all.subspan(from, std::min(batch, all.size() - from)), world.now() + timeout);
        // The account of coupon-reset may not issue.
        if (!outcomes && outcomes.fault().kind == FaultKind::denied) {
            return Fault{FaultKind::not_quiescent,
                         "cannot arm the gate with an account that may not issue coupons: another program in the workers' group read what "
                         "says whose slots these are",
                         "run coupon-consume, which issues them"};
        }
        if (!outcomes) return outcomes.fault();
        for (std::size_t i = 0; i < outcomes->size(); ++i)
            learn(skipped->claims[from + i], (*outcomes)[i].becomes, known);
    }
    return Done{};
}

} // namespace coupon
