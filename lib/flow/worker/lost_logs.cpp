#include "flow/worker/lost_logs.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// Offsets before an end among which its last record is looked for: the end of a transaction, or a gap, may lie between.
constexpr std::int64_t near_the_end = 100;

} // namespace

Result<std::vector<LostLog>> find_lost_logs(const std::vector<Fence>& fences, const std::vector<PartitionLag>& partitions, TopicLog& topic,
                                            Deadline deadline) {
    const auto newest = newest_offsets(fences);
    std::vector<OffsetRange> ranges;
    for (const auto& log : partitions) {
        const auto fence = newest.find(log.partition);
        if (fence == newest.end() || !fence->second.below) continue;
        const auto at = fence->second.below->at;
        if (log.low <= at.offset && at.offset < log.high) ranges.push_back({at.partition, at.offset, at.offset + 1});
    }
    std::map<std::int32_t, RecordMark> found;
    if (!ranges.empty()) {
        const auto read = topic.read(
            ranges, [&](const SourceRecord& record) { found[record.at.partition] = mark_of(record); }, deadline);
        if (!read) return read.fault();
    }
    std::vector<LostLog> lost;
    for (const auto& log : partitions) {
        const auto fence = newest.find(log.partition);
        if (fence == newest.end()) continue;
        const auto here = found.find(log.partition);
        auto why = why_lost(fence->second, log, here == found.end() ? std::nullopt : std::optional(here->second));
        if (!why.empty()) lost.push_back({fence->second, std::move(why)});
    }
    return lost;
}

Result<std::map<std::int32_t, LogEnd>> log_ends(const std::vector<PartitionLag>& partitions, TopicLog& topic, Deadline deadline) {
    std::map<std::int32_t, LogEnd> ends;
    std::vector<OffsetRange> ranges;
    for (const auto& log : partitions) {
        ends.emplace(log.partition, LogEnd(log.high));
        const auto from = std::max(log.low, log.high - near_the_end);
        if (from < log.high) ranges.push_back({log.partition, from, log.high});
    }
    if (ranges.empty()) return ends;
    std::map<std::int32_t, SourceRecord> last;
    const auto read = topic.read(
        ranges, [&](const SourceRecord& record) { last[record.at.partition] = record; }, deadline);
    if (!read) return read.fault();
    for (const auto& [partition, record] : last)
        ends.at(partition).below = identity_of(record);
    return ends;
}

Result<std::vector<std::string>> let_lost_logs_go(Round round, const std::vector<PartitionLag>& partitions, TopicLog& topic, Ledger& ledger,
                                                  World& world, Milliseconds timeout) {
    const auto fences = ledger.fences(round, world.now() + timeout);
    if (!fences) return fences.fault();
    const auto lost = find_lost_logs(*fences, partitions, topic, world.now() + timeout);
    if (!lost) return lost.fault();
    std::vector<std::string> told;
    if (lost->empty()) return told;
    std::vector<Fence> gone;
    for (const auto& log : *lost) {
        gone.push_back(log.fence);
        told.push_back(lost_log_text(log.fence, log.why));
    }
    if (auto done = ledger.begin_fences_at_zero(round, gone, world.now() + timeout); !done) return done.fault();
    return told;
}

Status LogWatch::look(TopicLog& topic, Ledger& ledger, Milliseconds timeout) {
    const int asked = asked_;
    if (compared_ == asked) return Done{};
    const auto rounds = ledger.rounds(world_.now() + timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Done{};
    const auto fences = ledger.fences(rounds->back().round, world_.now() + timeout);
    if (!fences) return fences.fault();
    // Most rounds are armed once and have no fence: no offset is known that another log could have.
    if (fences->empty()) {
        compared_ = asked;
        return Done{};
    }
    const auto partitions = topic.partitions(world_.now() + timeout);
    if (!partitions) return partitions.fault().kind == FaultKind::missing ? Status(Done{}) : Status(partitions.fault());
    const auto told = let_lost_logs_go(rounds->back().round, *partitions, topic, ledger, world_, timeout);
    if (!told) return told.fault();
    for (const auto& sentence : *told)
        journal_.warn(sentence);
    compared_ = asked;
    return Done{};
}

} // namespace coupon
