#include "flow/topic_survey.hpp"

#include "flow/patience.hpp"

#include <algorithm>
#include <set>

namespace coupon {

namespace {

/// The partitions whose log is the one that a worker has read up to its position.
Result<std::set<std::int32_t>> recognised(const ForeignRecordScope& scope, TopicLog& topic, Deadline deadline) {
    std::vector<OffsetRange> lasts;
    std::int64_t saved = 0;
    for (const auto& log : scope.partitions) {
        const auto found = scope.settled.positions.find(log.partition);
        if (found == scope.settled.positions.end() || !can_be_recognised(found->second, log)) continue;
        lasts.push_back({log.partition, found->second.next - 1, found->second.next});
        saved += records_saved(found->second, log);
    }
    std::set<std::int32_t> same;
    if (saved < scope.worth_recognising) return same;
    const auto read = topic.read(
        lasts,
        [&](const SourceRecord& record) {
            if (mark_of(record) == scope.settled.positions.at(record.at.partition).last) same.insert(record.at.partition);
        },
        deadline);
    if (!read) return read.fault();
    return same;
}

Status read_into(ForeignRecordSearch& search, const std::vector<OffsetRange>& ranges, TopicLog& topic, World& world, Milliseconds timeout) {
    std::int64_t count = 0;
    for (const auto& range : ranges)
        count += range.to - range.from;
    if (count == 0) return Done{};
    return topic.read(
        ranges, [&](const SourceRecord& record) { search.take(record); }, world.now() + time_for(count, timeout));
}

} // namespace

Result<SettledTopic> settled_by_workers(LedgerReader& ledger, Deadline deadline) {
    auto settled = ledger.settled_topic(deadline);
    if (!settled && settled.fault().kind == FaultKind::missing) return SettledTopic{};
    return settled;
}

Result<SurveyedRecords> read_surveyed(const ForeignRecordScope& scope, TopicLog& topic, World& world, Milliseconds timeout) {
    const auto same = recognised(scope, topic, world.now() + timeout);
    if (!same) return same.fault();
    SurveyedRecords records{{}, {scope.event, scope.rounds}};
    std::vector<OffsetRange> before;
    std::vector<OffsetRange> behind;
    for (const auto& one : scope.partitions) {
        records.survey.ends[one.partition] = one.high;
        if (!same->contains(one.partition)) {
            before.push_back({one.partition, one.low, one.high});
            continue;
        }
        const auto& position = scope.settled.positions.at(one.partition);
        before.push_back({one.partition, one.low, std::max(one.low, position.unbroken_from)});
        behind.push_back({one.partition, position.next, one.high});
    }
    for (const auto* ranges : {&before, &behind}) {
        if (auto read = read_into(records.search, *ranges, topic, world, timeout); !read) return read.fault();
    }
    records.survey.highest_round = records.search.highest_round();
    // The other records of the workers are of rounds that have a row.
    if (!same->empty()) records.survey.highest_round = higher_round(records.survey.highest_round, scope.settled.highest_failed);
    return records;
}

Result<TopicSurvey> without_failed(SurveyedRecords records, LedgerReader& ledger, Deadline deadline) {
    if (!records.search.has_found()) return std::move(records.survey);
    const auto failed = ledger.failed_identities(deadline);
    // Without tables there is no failed event.
    if (!failed && failed.fault().kind != FaultKind::missing) return failed.fault();
    records.survey.foreign = records.search.without(failed ? *failed : std::vector<RecordIdentity>{});
    return std::move(records.survey);
}

Result<TopicSurvey> survey_topic(const ForeignRecordScope& scope, TopicLog& topic, LedgerReader& ledger, World& world,
                                 Milliseconds timeout) {
    auto records = read_surveyed(scope, topic, world, timeout);
    if (!records) return records.fault();
    return without_failed(*std::move(records), ledger, world.now() + timeout);
}

} // namespace coupon
