#include "model/actors.hpp"
#include "model/places.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

/// Two rows of one slot, as a table without its unique key would take them.
Settlement judged_without_unique_slot(const ReadRecord& read, KnownRows& rows) {
    const auto& grant = read.record->grant;
    const auto holder = rows.user_of.extract({grant.round, grant.slot});
    const auto settlement = judge(read, event_name, rows);
    if (!holder.empty()) rows.user_of[{grant.round, grant.slot}] = holder.mapped();
    return settlement;
}

Settlement judged(const Scene& scene, const ReadRecord& read, KnownRows& rows) {
    if (scene.has_bug(Bug::no_unique_slot)) return judged_without_unique_slot(read, rows);
    auto seen = read;
    if (scene.has_bug(Bug::no_round_fence)) seen.record->grant.round = rows.rounds.rbegin()->first;
    const auto fences = rows.fences;
    if (scene.has_bug(Bug::worker_ignores_fences)) rows.fences.clear();
    const auto rounds = rows.rounds;
    if (scene.has_bug(Bug::signatures_are_ignored)) rows.rounds.rbegin()->second.key.reset();
    const auto settlement = judge(seen, event_name, rows);
    rows.fences = fences;
    rows.rounds = rounds;
    return settlement;
}

void note(Scene& scene, RecordClass becomes) {
    switch (becomes) {
    case RecordClass::issued: return;
    case RecordClass::already_issued: scene.note(Situation::record_delivered_twice); return;
    case RecordClass::stale: scene.note(Situation::record_stale); return;
    case RecordClass::fenced: scene.note(Situation::record_fenced); return;
    case RecordClass::failed: scene.note(Situation::record_failed); return;
    }
}

/// The worker's next position, and perhaps its committed offset, in one partition.
Scene with_position(const Scene& scene, std::size_t partition, std::int64_t position, std::int64_t committed) {
    Scene after = scene;
    auto topic = scene.topic();
    topic.partitions[partition].position = position;
    topic.partitions[partition].committed = committed;
    after.set(topic);
    return after;
}

bool has_looked(const Scene& scene, std::size_t worker) {
    return !scene.bounds().is_bound() || scene.workers().each.at(worker).has_looked;
}

/// flow/worker/issuer.cpp and the ledger's transaction: the ledger is in a lower epoch than the worker has met, so it lost an arming.
bool is_held(Scene& scene, std::size_t worker, const ReadRecord& read) {
    if (!scene.bounds().is_bound() || scene.has_bug(Bug::record_above_fails)) return false;
    const auto row = *scene.ledger().highest();
    const auto reached = epochs_reached({read}, event_name, scene.ledger().rows);
    const auto here = reached.find(row.round);
    const auto known = scene.has_bug(Bug::highest_is_forgotten) ? Epoch(0) : scene.workers().each.at(worker).met;
    const auto met = std::max(known, here == reached.end() ? row.epoch : here->second);
    auto workers = scene.workers();
    workers.each.at(worker).met = met;
    scene.set(workers);
    return met > row.epoch;
}

/// flow/worker/issuer.cpp, hand_on: what the watch for a roll-back looks at next.
void hand_on(Scene& scene, const Grant& grant, const Settlement& settlement) {
    if (!scene.bounds().goes_back) return;
    auto watcher = scene.roll_back_watcher();
    if (is_issued(settlement)) watcher.written.emplace(grant.user, grant.slot);
    if (settlement.becomes == RecordClass::failed && settlement.kind == FailedKind::conflict) watcher.losers.push_back(grant);
    scene.set(watcher);
}

} // namespace

std::size_t worker_of(const Bounds& bounds, std::size_t partition) {
    return bounds.has_other_gate() || bounds.goes_back ? 0 : std::min(partition, most_workers - 1);
}

bool issue_next(Scene& scene, std::size_t partition) {
    const auto& log = scene.topic().partitions[partition];
    const SourcePosition at{static_cast<std::int32_t>(partition), log.position};
    const auto grant = log.records[static_cast<std::size_t>(log.position)];
    const ReadRecord read{at, signed_record(scene, at, grant), grant.user, {}};
    compare_logs(scene);
    if (is_held(scene, worker_of(scene.bounds(), partition), read)) {
        scene.note(Situation::record_held);
        return false;
    }
    auto ledger = scene.ledger();
    const auto settlement = judged(scene, read, ledger.rows);
    if (settlement.becomes == RecordClass::failed)
        ledger.failed.emplace(identity_at(scene, at), FailedGrant{grant, !log.forged.contains(at.offset)});
    note(scene, settlement.becomes);
    scene.set(ledger);
    hand_on(scene, grant, settlement);
    scene = with_position(scene, partition, log.position + 1, log.committed);
    return true;
}

Scene delivered_again(const Scene& scene, std::size_t partition) {
    const auto& log = scene.topic().partitions[partition];
    auto again = with_position(scene, partition, log.position - 1, log.committed);
    again.use(Left::redeliveries);
    again.note(Situation::worker_dead_before_offset);
    std::ignore = issue_next(again, partition);
    return again;
}

void step_worker(const Scene& scene, std::size_t partition, const Take& take) {
    const auto& log = scene.topic().partitions[partition];
    const bool may_issue = has_looked(scene, worker_of(scene.bounds(), partition)) || scene.has_bug(Bug::issue_before_look);
    if (may_issue && log.position < static_cast<std::int64_t>(log.records.size())) {
        Scene after = scene;
        const bool is_issued = issue_next(after, partition);
        take(is_issued ? Act::worker_issues : Act::record_is_held, partition, after);
        if (scene.has_bug(Bug::offset_before_commit))
            take(Act::worker_skips, partition, with_position(scene, partition, log.position + 1, log.position + 1));
    }
    // Purged records that the worker had fetched before are issued nevertheless; others are not there any more.
    if (log.position < log.low) take(Act::worker_begins_again, partition, with_position(scene, partition, log.low, log.committed));
    if (log.committed != log.position) take(Act::worker_commits, partition, with_position(scene, partition, log.position, log.position));
    if (!scene.has_left(Left::redeliveries)) return;
    // It died between COMMIT and offset commit, or before an offset it had committed was kept. Where commits follow at once (merging.hpp),
    // that is the same: it begins again at any earlier offset.
    const bool commits_late = log.committed != log.position;
    for (auto from = commits_late ? log.committed : std::int64_t{0}; from < (commits_late ? log.committed + 1 : log.position); ++from) {
        auto again = with_position(scene, partition, from, from);
        again.use(Left::redeliveries);
        again.note(Situation::worker_dead_before_offset);
        take(Act::worker_begins_again, partition, again);
    }
}

} // namespace coupon::model
