#include "model/actors.hpp"

namespace coupon::model {

void issue_next(Scene& scene, std::size_t partition) {
    auto topic = scene.topic();
    auto& log = topic.partitions[partition];
    const SourcePosition at{static_cast<std::int32_t>(partition), log.position};
    const auto& grant = log.records[static_cast<std::size_t>(log.position)];
    ++log.position;
    // Offsets matter to nobody else where neither a redrive of missing rows nor a reset looks at them, nor a worker comes back to them.
    const auto& bounds = scene.bounds();
    if (bounds.missing_redrives == 0 && bounds.resets == 0 && bounds.redeliveries == 0) log.committed = log.position;

    const ReadRecord read{at, IssueRecord{event_name, grant}, grant.user, {}};
    auto ledger = scene.ledger();
    const auto fences = ledger.rows.fences;
    if (scene.is_mutated(Mutation::worker_ignores_fences)) ledger.rows.fences.clear();
    const auto settlement = judge(read, event_name, ledger.rows);
    ledger.rows.fences = fences;
    if (settlement.becomes == RecordClass::failed) ledger.failed.emplace(at, grant);
    scene.set(ledger);
    scene.set(topic);
}

void step_worker(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.topic().partitions.size(); ++i) {
        const auto& log = scene.topic().partitions[i];
        if (log.position < static_cast<std::int64_t>(log.records.size())) {
            Scene after = scene;
            issue_next(after, i);
            take(Act::worker_issues, i, after);
        }
        if (log.position < log.low) {
            // Purged records that the worker had fetched before are issued nevertheless; others are not there any more.
            auto purged = scene.topic();
            purged.partitions[i].position = log.low;
            Scene after = scene;
            after.set(purged);
            take(Act::worker_begins_again, i, after);
        }
        if (log.committed == log.position) continue;
        auto topic = scene.topic();
        topic.partitions[i].committed = log.position;
        Scene committed = scene;
        committed.set(topic);
        take(Act::worker_commits, i, committed);
        if (!scene.has_left(Left::redeliveries)) continue;
        topic = scene.topic();
        topic.partitions[i].position = log.committed;
        Scene again = scene;
        again.set(topic);
        again.use(Left::redeliveries);
        take(Act::worker_begins_again, i, again);
    }
}

} // namespace coupon::model
