#include "audit/checks.hpp"

#include "audit/checking.hpp"
#include "core/lost_log.hpp"

#include <algorithm>

namespace coupon {

namespace {

/// The group's committed offset of a partition, before its ends were read and after; the same at rest.
struct Committed {
    std::optional<std::int64_t> before;
    std::optional<std::int64_t> after;
};

std::optional<std::int64_t> committed_in(const QuiescenceLook& look, std::int32_t partition) {
    const auto lag = std::ranges::find(look.partitions, partition, &PartitionLag::partition);
    return lag == look.partitions.end() ? std::nullopt : lag->committed;
}

/// Offsets are read one after the other, and ends and offsets only grow.
void look_at(Checking& check, const PartitionLag& partition, const Committed& committed, const Evidence& evidence) {
    const auto name = "partition " + std::to_string(partition.partition);
    if (committed.before && *committed.before > partition.high) {
        check.cannot_tell(name + " is committed up to " + std::to_string(*committed.before) + ", above its end " +
                              std::to_string(partition.high),
                          "the broker lost records, or the topic was deleted and created again; run coupon-consume, which goes on at the "
                          "end of the new log");
    }
    const auto& stored = evidence.input().ledger->purged_to;
    const auto purged = stored.find(partition.partition);
    if (purged != stored.end() && purged->second > partition.high) {
        check.mention(
            name + " ends at " + std::to_string(partition.high) + ", and a reset purged it up to " + std::to_string(purged->second) +
                ": that was another log, and the purge does not count",
            "the broker lost its data, or the topic was deleted and created again: coupon-audit --preflight names the settings by which a "
            "topic loses records");
    }
    if (committed.after && partition.low > *committed.after && partition.low > stored_offset(stored, partition)) {
        check.violated(
            name + " begins at " + std::to_string(partition.low) + ", above the committed offset " + std::to_string(*committed.after),
            "records were deleted before a worker read them, and no reset did that: run coupon-consume --recover, which publishes their "
            "claims again; coupon-audit --preflight names the settings by which a topic loses records");
    }
}

} // namespace

Check check_topic(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round) return not_checked("topic", older_round);
    Checking check("topic", evidence);
    if (!input.topic_log) {
        check.cannot_tell("the topic was not read", unread_hint);
        return check.done();
    }
    check.examined(counted(input.topic_log->partitions.size(), "partition") + ", " + counted(input.topic_log->records.size(), "record"));
    // Only within one epoch is what resets stored the last word on what was purged.
    if (!evidence.is_one_epoch()) return check.done();
    for (const auto& partition : input.topic_log->partitions) {
        const auto& motion = input.motion;
        const auto committed =
            motion ? Committed{committed_in(motion->before, partition.partition), committed_in(motion->after, partition.partition)}
                   : Committed{partition.committed, partition.committed};
        look_at(check, partition, committed, evidence);
    }
    return check.done();
}

} // namespace coupon
