#include "flow/topic_survey.hpp"

#include "flow/patience.hpp"

namespace coupon {

Result<SurveyedRecords> read_surveyed(const ForeignRecordScope& scope, TopicLog& topic, World& world, Milliseconds timeout) {
    std::vector<OffsetRange> ranges;
    std::int64_t count = 0;
    SurveyedRecords records{{}, {scope.event, scope.rounds}};
    for (const auto& one : scope.partitions) {
        records.survey.ends[one.partition] = one.high;
        ranges.push_back({one.partition, one.low, one.high});
        count += one.high - one.low;
    }
    if (count == 0) return records;
    const auto read = topic.read(
        ranges, [&](const SourceRecord& record) { records.search.take(record); }, world.now() + time_for(count, timeout));
    if (!read) return read.fault();
    records.survey.highest_round = records.search.highest_round();
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
