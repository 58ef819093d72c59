#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/reset_call.hpp"

namespace coupon::model {

namespace {

/// The row, then the gate: two calls.
void read(const Scene& scene, Reopener& reopener) {
    if (!reopener.row) {
        reopener.row = scene.ledger().highest();
        return;
    }
    ReopenReading reading;
    reading.highest = *reopener.row;
    reopener.row.reset();
    if (const auto& memory = scene.gate().memory) {
        reading.gate = GateMark{memory->fields.round, memory->fields.token};
        reading.is_armed = is_gate_armed(scene);
        reading.untold = memory->fields.untold;
    }
    reopener.way.on_read(reading);
}

void close_round(Scene& scene, Reopener& reopener) {
    auto& way = reopener.way;
    way.on_round(change_round(scene, way.token(),
                              [&](const auto& highest) { return close_owned_round_row(highest, way.round(), way.owner(), way.token()); }));
}

void reopen_round(Scene& scene, Reopener& reopener) {
    auto& way = reopener.way;
    const auto highest = scene.ledger().highest();
    const auto owner = scene.has_bug(Bug::reopen_ignores_owner) && highest ? highest->owner : way.owner();
    way.on_round(
        change_round(scene, way.token(), [&](const auto& row) { return reopen_round_row(row, way.round(), owner, way.token(), {}); }));
}

void call(Scene& scene, Reopener& reopener) {
    auto& way = reopener.way;
    switch (way.stage()) {
    case ReopenStage::read: return read(scene, reopener);
    case ReopenStage::close_round: return close_round(scene, reopener);
    case ReopenStage::mark_told: reopener.has_told = true; return way.on(call_mark_told(scene, way.seen(), way.token()));
    case ReopenStage::reopen_round: return reopen_round(scene, reopener);
    case ReopenStage::open_gate: return way.on(call_reopen(scene, way.seen(), way.token()));
    case ReopenStage::make_topic:
    case ReopenStage::close_old:
        return way.on(Done{}); // the topic is never gone here, and the gate moves nowhere
    // Arming is left to the armers beside it. It reads once more whatever they have come to by then, as it does where somebody else arms.
    case ReopenStage::arm: reopener.has_armed = true; return way.on(Done{});
    case ReopenStage::done:
    case ReopenStage::refused: return;
    }
}

/// Whoever has ended needs no memory but of how.
Reopener ended(const Reopener& reopener) {
    Reopener end;
    end.stands = reopener.way.stage() == ReopenStage::done ? Reopener::Stands::open : Reopener::Stands::refused;
    end.after_close = reopener.after_close;
    return end;
}

} // namespace

void step_reopener(const Scene& scene, const Take& take) {
    auto reopener = scene.reopener();
    Scene after = scene;
    if (reopener.stands == Reopener::Stands::idle) {
        if (scene.bounds().reopens == 0) return;
        reopener.stands = Reopener::Stands::runs;
        reopener.after_close = scene.closer().stands == Closer::Stands::closed || scene.closer().stands == Closer::Stands::failed;
        after.set(reopener);
        return take(Act::reopen_starts, 0, after);
    }
    if (reopener.stands != Reopener::Stands::runs) return;
    call(after, reopener);
    const auto stage = reopener.way.stage();
    const bool has_ended = stage == ReopenStage::done || stage == ReopenStage::refused;
    if (has_ended) after.note(stage == ReopenStage::done ? Situation::reopen_done : Situation::reopen_refused);
    after.set(has_ended ? ended(reopener) : reopener);
    take(Act::reopen_calls, 0, after);
}

} // namespace coupon::model
