#pragma once

#include "core/consumer_group.hpp"
#include "core/instant.hpp"
#include "core/issue_record.hpp"
#include "core/quiescence.hpp"
#include "core/result.hpp"
#include "core/server_settings.hpp"

#include <functional>
#include <vector>

namespace coupon {

/// Part of one partition: from `from` (inclusive) to `to` (exclusive).
struct OffsetRange {
    std::int32_t partition = 0;
    std::int64_t from = 0;
    std::int64_t to = 0;
};

/// Looks at the topic and changes nothing: joins no group, commits nothing. Blocking, each call bounded by its deadline. One thread.
/// Faults: unreachable, denied, missing (no such topic).
class TopicLog {
public:
    virtual ~TopicLog() = default;

    /// All partitions with low and high watermark and the group's committed offset, by partition. Where the group has not reached the end
    /// the records up to it are counted (core/partition_lag.hpp).
    [[nodiscard]] virtual Result<std::vector<PartitionLag>> partitions(Deadline deadline) = 0;

    /// Every record in the ranges, in order within a partition; each is lent for the call. `take` may run on another thread, one call at a
    /// time and none after this has returned. Offsets may have gaps; a range below the low watermark starts at it.
    [[nodiscard]] virtual Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take,
                                      Deadline deadline) = 0;

    /// The workers' group, as its coordinator describes it. A group without a coordinator, and members that are not told, are no fault.
    [[nodiscard]] virtual Result<GroupSight> group(Deadline deadline) = 0;

    /// What the cluster tells of itself and of the topic, which may be missing. What this user may not see is left out, which is no fault.
    [[nodiscard]] virtual Result<TopicSettings> settings(Deadline deadline) = 0;
};

} // namespace coupon
