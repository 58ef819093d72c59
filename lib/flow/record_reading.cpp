#include "flow/record_reading.hpp"

#include "flow/patience.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace coupon {

namespace {

/// Offsets of a partition that one call reads, so that each call's deadline means something on a long topic.
constexpr std::int64_t offsets_at_once = 50'000;

/// The ranges of the partitions that begin this many offsets after their low watermarks.
std::vector<OffsetRange> ranges_from(const std::vector<PartitionLag>& partitions, std::int64_t done) {
    std::vector<OffsetRange> ranges;
    for (const auto& one : partitions) {
        const auto from = one.low + done;
        if (from < one.high) ranges.push_back({one.partition, from, std::min(one.high, from + offsets_at_once)});
    }
    return ranges;
}

/// The failed events of the topic, ascending.
std::vector<RecordIdentity> failed_in(const AuditInput& input) {
    std::vector<RecordIdentity> failed;
    if (!input.ledger) return failed;
    for (const auto& event : input.ledger->failed) {
        if (event.topic == input.topic) failed.push_back(event.identity());
    }
    std::sort(failed.begin(), failed.end());
    return failed;
}

} // namespace

Status read_records(AuditInput& input, TopicLog& topic, World& world, Milliseconds timeout) {
    auto& records = input.topic_log->records;
    std::map<Round, std::optional<RoundKey>> keys;
    if (input.ledger) {
        for (const auto& row : input.ledger->rounds)
            keys[row.round] = row.key;
    }
    const auto key_of = [&](const DecodedRecord& decoded) {
        const auto* issue = std::get_if<IssueRecord>(&decoded);
        const auto found = issue == nullptr ? keys.end() : keys.find(issue->grant.round);
        return found == keys.end() ? std::nullopt : found->second;
    };
    const auto failed = failed_in(input);
    for (std::int64_t done = 0;; done += offsets_at_once) {
        if (world.stopping()) return Fault{FaultKind::interrupted, "interrupted while the topic was read", ""};
        const auto ranges = ranges_from(input.topic_log->partitions, done);
        if (ranges.empty()) return Done{};
        const auto most = static_cast<std::int64_t>(ranges.size()) * offsets_at_once;
        auto read = topic.read(
            ranges,
            [&](const SourceRecord& record) {
                const TopicRecord one{record.at, decode(record.raw)};
                records.add(one, key_of(one.decoded));
                if (is_among(failed, record)) input.topic_log->kept_as_failed.insert(identity_of(record));
            },
            world.now() + time_for(most, timeout));
        if (!read) return read;
    }
}

Status read_other_coupons(AuditInput& input, LedgerReader& ledger, World& world, Milliseconds timeout) {
    std::set<Round> others;
    const auto& records = input.topic_log->records;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto grant = records.grant(i);
        if (grant && grant->round != input.round && records.event(i) == input.event) others.insert(grant->round);
    }
    for (const auto& event : input.ledger->failed) {
        if (!event.resolved && event.round && event.round != input.round) others.insert(*event.round);
    }
    for (const auto& row : input.ledger->rounds) {
        if (!others.contains(row.round) || row.state == RoundState::purged) continue;
        const auto count = ledger.coupon_count(row.round, world.now() + timeout);
        if (!count) return count.fault();
        auto coupons = ledger.coupons(row.round, world.now() + time_for(*count, timeout));
        if (!coupons) return coupons.fault();
        input.ledger->other_coupons[row.round] = std::move(*coupons);
    }
    return Done{};
}

} // namespace coupon
