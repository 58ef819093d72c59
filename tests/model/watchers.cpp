#include "core/close_watch.hpp"
#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/reset_call.hpp"
#include "model/tokens.hpp"

namespace coupon::model {

namespace {

using Step = Watcher::Step;

/// What the worker makes of its readings.
CloseWatch act_of(const Scene& scene, const RoundRow& row, const GateFields& gate) {
    const auto act = close_watch(row, gate);
    return act == CloseWatch::close_gate && scene.has_bug(Bug::worker_leaves_gate_open) ? CloseWatch::nothing : act;
}

/// The first call of what is to be done.
Step first_step(CloseWatch act) {
    switch (act) {
    case CloseWatch::nothing: return Step::idle;
    case CloseWatch::tell_ledger: return Step::tell_ledger;
    case CloseWatch::mark_told: return Step::mark_told;
    case CloseWatch::close_gate: return Step::close_gate;
    }
    return Step::idle;
}

Watcher with_gate_read(const Scene& scene, Watcher watcher, const std::string& token) {
    const auto& memory = scene.gate().memory;
    const auto act = memory ? act_of(scene, watcher.row, memory->fields) : CloseWatch::nothing;
    // A look that finds nothing to do is as if there had been none.
    if (act == CloseWatch::nothing) return {};
    watcher.seen = {memory->fields.round, memory->fields.token};
    watcher.then = first_step(act);
    watcher.step = scene.has_bug(Bug::worker_reads_row_once) ? watcher.then : Step::read_again;
    watcher.token = token;
    return watcher;
}

Status tell_ledger(Scene& scene, const Watcher& watcher) {
    const auto highest = scene.ledger().highest();
    const auto owner = scene.has_bug(Bug::worker_tells_any_owner) && highest ? highest->owner : watcher.row.owner;
    return status_of(change_round(scene, watcher.token,
                                  [&](const auto& row) { return close_owned_round_row(row, watcher.row.round, owner, watcher.token); }));
}

/// The last call of a look.
Watcher finished(Scene& scene, const Status& status) {
    if (status) scene.note(Situation::close_finished);
    return {};
}

/// One call; the watcher after it. `token` is drawn where it finds something to do.
Watcher called(Scene& scene, Watcher watcher, const std::string& token) {
    switch (watcher.step) {
    case Step::idle:
        watcher.row = *scene.ledger().highest();
        watcher.step = Step::read_gate;
        return watcher;
    case Step::read_gate: return with_gate_read(scene, watcher, token);
    case Step::read_again: watcher.step = watcher.then; return scene.ledger().highest() == watcher.row ? watcher : Watcher{};
    case Step::tell_ledger: watcher.step = Step::mark_told; return tell_ledger(scene, watcher) ? watcher : Watcher{};
    case Step::mark_told: return finished(scene, call_mark_told(scene, watcher.seen, watcher.token));
    case Step::close_gate: return finished(scene, call_close(scene, watcher.seen, watcher.token));
    }
    return {};
}

} // namespace

void step_watcher(const Scene& scene, const Take& take) {
    Scene after = scene;
    after.set(called(after, scene.watcher(), fresh_token(scene)));
    take(Act::worker_looks_at_close, 0, after);
}

void watch_until_quiet(Scene& scene) {
    constexpr int most_looks = 5;
    for (int i = 0; i < most_looks; ++i) {
        const auto before = scene.state();
        Watcher watcher;
        do {
            watcher = called(scene, watcher, "last-" + std::to_string(i));
        } while (watcher.step != Step::idle);
        if (scene.state() == before) return;
    }
}

} // namespace coupon::model
