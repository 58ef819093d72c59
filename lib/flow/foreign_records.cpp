#include "flow/foreign_records.hpp"

#include "flow/patience.hpp"

namespace coupon {

Result<ForeignRecords> find_foreign_records(const ForeignRecordScope& scope, TopicLog& topic, LedgerReader& ledger, World& world,
                                            Milliseconds timeout) {
    std::vector<OffsetRange> ranges;
    std::int64_t records = 0;
    for (const auto& one : scope.partitions) {
        ranges.push_back({one.partition, one.low, one.high});
        records += one.high - one.low;
    }
    if (records == 0) return ForeignRecords{};
    ForeignRecordSearch search(scope.event, scope.rounds);
    const auto read = topic.read(
        ranges, [&](const SourceRecord& record) { search.take(record); }, world.now() + time_for(records, timeout));
    if (!read) return read.fault();
    if (!search.has_found()) return ForeignRecords{};
    const auto failed = ledger.failed_places(world.now() + timeout);
    // Without tables there is no failed event.
    if (!failed && failed.fault().kind != FaultKind::missing) return failed.fault();
    return search.without(failed ? *failed : std::vector<SourcePosition>{});
}

} // namespace coupon
