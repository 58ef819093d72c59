#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/places.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

std::int64_t rows_in(const LedgerSide& ledger, Round round) {
    return std::count_if(ledger.rows.slot_of.begin(), ledger.rows.slot_of.end(), [&](const auto& row) { return row.first.first == round; });
}

bool is_against_rows(const GateState& gate, const RollBackWatcher& watcher, std::int64_t rows) {
    if (!went_back_because(gate.fields, {}, rows).empty()) return true;
    return std::any_of(watcher.written.begin(), watcher.written.end(), [&](const auto& row) {
        const auto claim = gate.claims.find(row.first);
        const auto claimed = claim == gate.claims.end() ? std::nullopt : std::optional(claim->second.slot);
        return !went_back_because(row.first, row.second, claimed).empty();
    });
}

/// flow/worker/roll_back_watch.cpp. Rows are read before the gate, so that no row is taken for one without a claim; here both at once.
bool has_gone_back(const Scene& scene, const RollBackWatcher& watcher) {
    const auto& gate = *scene.gate().memory;
    const auto& fields = gate.fields;
    const bool compares = !scene.has_bug(Bug::rows_are_not_compared);
    if (compares && is_against_rows(gate, watcher, rows_in(scene.ledger(), fields.round))) return true;
    const bool has_lost = std::any_of(watcher.losers.begin(), watcher.losers.end(),
                                      [&](const Grant& grant) { return grant.round == fields.round && grant.epoch == fields.epoch; });
    return has_lost || !went_back_because(fields, watcher.before, {}).empty();
}

/// What is to be looked at is taken before the gate is read, whatever comes of that.
RollBackWatcher after_look(const Scene& scene) {
    auto watcher = scene.roll_back_watcher();
    const auto taken = watcher;
    watcher.written.clear();
    watcher.losers.clear();
    if (!is_counted(scene)) return watcher;
    watcher.before = GateProgress::of(scene.gate().memory->fields);
    if (has_gone_back(scene, taken)) {
        watcher.to_disarm = watcher.before;
        watcher.before.reset();
    }
    return watcher;
}

void take_arms_away(Scene& scene) {
    auto watcher = scene.roll_back_watcher();
    const auto seen = *watcher.to_disarm;
    watcher.to_disarm.reset();
    scene.set(watcher);
    call_disarm(scene, seen.round, seen.epoch);
}

/// It has all that the dead one had, but for what that one had met, and reads on at the committed offsets.
Scene replaced(const Scene& scene, std::size_t worker) {
    Scene after = scene;
    auto workers = scene.workers();
    workers.each.at(worker) = {Epoch(0), false};
    ++workers.fresh;
    after.set(workers);
    after.set(RollBackWatcher{});
    auto topic = scene.topic();
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
        auto& log = topic.partitions[i];
        if (worker_of(scene.bounds(), i) == worker) log.position = std::max(log.committed, log.low);
    }
    after.set(topic);
    after.note(Situation::worker_replaced);
    return after;
}

} // namespace

void step_worker_life(const Scene& scene, std::size_t worker, const Take& take) {
    take(Act::worker_looks, worker, looked_at(scene, worker));
    if (scene.workers().fresh < scene.bounds().fresh_workers) take(Act::worker_is_replaced, worker, replaced(scene, worker));
}

void step_roll_back_watcher(const Scene& scene, const Take& take) {
    Scene after = scene;
    if (scene.roll_back_watcher().to_disarm) {
        take_arms_away(after);
        return take(Act::worker_disarms, 0, after);
    }
    after.set(after_look(scene));
    take(Act::worker_compares_rows, 0, after);
}

void watch_for_roll_back(Scene& scene) {
    scene.set(after_look(scene));
    if (scene.roll_back_watcher().to_disarm) take_arms_away(scene);
}

void step_alarm(const Scene& scene, const Take& take) {
    Scene after = scene;
    auto program = scene.apply_program();
    const auto grant = *program.alarm;
    program.alarm.reset();
    after.set(program);
    call_disarm(after, grant.round, grant.epoch);
    take(Act::application_disarms, 0, after);
}

} // namespace coupon::model
