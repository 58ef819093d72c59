#include "core/checks.hpp"

#include "core/checking.hpp"

namespace coupon {

namespace {

void look_at(Checking& check, const PartitionLag& partition, const Evidence& evidence) {
    if (!partition.committed) return;
    const auto name = "partition " + std::to_string(partition.partition);
    const auto committed = std::to_string(*partition.committed);
    if (*partition.committed > partition.high) {
        check.violated(name + " is committed up to " + committed + ", above its end " + std::to_string(partition.high),
                       "the topic was deleted and made anew: stop the workers, delete the group's offsets, start them again");
    }
    const auto& purged = evidence.input().ledger->purged_to;
    const auto stored = purged.find(partition.partition);
    if (partition.low > *partition.committed && (stored == purged.end() || partition.low > stored->second)) {
        check.violated(name + " begins at " + std::to_string(partition.low) + ", above the committed offset " + committed,
                       "records were deleted before the worker read them: no reset did that; look at the topic's retention");
    }
}

} // namespace

Check check_topic(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round) return not_checked("topic", older_round);
    Checking check("topic", evidence);
    if (!input.topic_log) {
        check.cannot_tell("the topic was not read", "audit again once the broker answers");
        return check.done();
    }
    check.examined(counted(input.topic_log->partitions.size(), "partition") + ", " + counted(input.topic_log->records.size(), "record"));
    // Offsets are read one after the other: only at rest can they be compared with each other and with what resets stored.
    if (!evidence.is_complete()) return check.done();
    for (const auto& partition : input.topic_log->partitions)
        look_at(check, partition, evidence);
    return check.done();
}

} // namespace coupon
