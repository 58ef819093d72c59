#include "audit/settled_records.hpp"

#include "audit/record_classes.hpp"

#include <algorithm>
#include <map>

namespace coupon {

namespace {

bool has_no_position(const PartitionLag& lag) {
    return !lag.committed && lag.behind() > 0;
}

} // namespace

void leave_out_settled(AuditInput& input) {
    if (!input.topic_log || !input.ledger) return;
    auto& partitions = input.topic_log->partitions;
    if (std::none_of(partitions.begin(), partitions.end(), has_no_position)) return;
    struct Count {
        std::int64_t unread = 0;
        std::int64_t settled = 0;
    };
    std::map<std::int32_t, Count> counts;
    const ClassedRecords records(input);
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto& count = counts[records[i].at().partition];
        ++(records.judged(i).becomes ? count.settled : count.unread);
    }
    for (auto& lag : partitions) {
        if (!has_no_position(lag)) continue;
        lag.unread = counts[lag.partition].unread;
        lag.settled = counts[lag.partition].settled;
    }
}

} // namespace coupon
