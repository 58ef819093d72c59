#include "flow/topic_survey.hpp"

#include "flow/patience.hpp"

namespace coupon {

Result<TopicSurvey> survey_topic(const ForeignRecordScope& scope, TopicLog& topic, LedgerReader& ledger, World& world,
                                 Milliseconds timeout) {
    std::vector<OffsetRange> ranges;
    std::int64_t records = 0;
    TopicSurvey survey;
    for (const auto& one : scope.partitions) {
        survey.ends[one.partition] = one.high;
        ranges.push_back({one.partition, one.low, one.high});
        records += one.high - one.low;
    }
    if (records == 0) return survey;
    ForeignRecordSearch search(scope.event, scope.rounds);
    const auto read = topic.read(
        ranges, [&](const SourceRecord& record) { search.take(record); }, world.now() + time_for(records, timeout));
    if (!read) return read.fault();
    survey.highest_round = search.highest_round();
    if (!search.has_found()) return survey;
    const auto failed = ledger.failed_identities(world.now() + timeout);
    // Without tables there is no failed event.
    if (!failed && failed.fault().kind != FaultKind::missing) return failed.fault();
    survey.foreign = search.without(failed ? *failed : std::vector<RecordIdentity>{});
    return survey;
}

} // namespace coupon
