#include "flow/quiescent.hpp"

#include "audit/settled_records.hpp"
#include "flow/patience.hpp"
#include "flow/record_reading.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

GatePulse pulse_of(const GateSummary& summary) {
    return {summary.armed(), summary.fields.round, summary.fields.epoch, summary.fields.granted, summary.fields.published, summary.outbox};
}

Result<QuiescenceLook> look_for_quiescence(GateReader& gate, TopicLog& topic, Deadline deadline) {
    const auto before = gate.summary(deadline);
    if (!before) return before.fault();
    auto partitions = topic.partitions(deadline);
    if (!partitions) return partitions.fault();
    const auto after = gate.summary(deadline);
    if (!after) return after.fault();
    return QuiescenceLook{pulse_of(*before), std::move(*partitions), pulse_of(*after)};
}

Result<std::string> leave_out_settled(std::vector<PartitionLag>& partitions, const EventTopic& of, TopicLog& topic, LedgerReader& ledger,
                                      World& world, Milliseconds timeout) {
    const bool has_all =
        std::all_of(partitions.begin(), partitions.end(), [](const auto& lag) { return lag.committed || lag.behind() == 0; });
    if (has_all) return std::string{};
    const auto rounds = ledger.rounds(world.now() + timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return std::string{};
    const auto& newest = rounds->back();
    const auto count = ledger.coupon_count(newest.round, world.now() + timeout);
    if (!count) return count.fault();
    auto failed = ledger.failed(world.now() + timeout);
    if (!failed) return failed.fault();
    AuditInput input;
    input.event = of.event;
    input.topic = of.topic;
    input.round = newest.round;
    // The ledger after the topic: what is on the topic by then is settled there, or was not when it was looked at.
    input.topic_log.emplace();
    input.topic_log->partitions = partitions;
    input.ledger.emplace().rounds = *rounds;
    // Before the topic, so that a record is compared with the failed event that it became. One that became one since counts as unread.
    input.ledger->failed = std::move(*failed);
    if (auto done = read_records(input, topic, world, timeout); !done) return done.fault();
    auto snapshot = ledger.snapshot(newest.round, world.now() + time_for(*count, timeout));
    if (!snapshot) return snapshot.fault();
    input.ledger = std::move(*snapshot);
    if (auto done = read_other_coupons(input, ledger, world, timeout); !done) return done.fault();
    leave_out_settled(input);
    partitions = std::move(input.topic_log->partitions);
    return newest.group;
}

Result<QuiescenceLook> look_for_quiescence(GateReader& gate, const EventTopic& of, TopicLog& topic, LedgerReader& ledger, World& world,
                                           Milliseconds timeout) {
    auto look = look_for_quiescence(gate, topic, world.now() + timeout);
    if (!look) return look;
    auto group = leave_out_settled(look->partitions, of, topic, ledger, world, timeout);
    if (!group) return group.fault();
    look->group = std::move(*group);
    return look;
}

} // namespace coupon
