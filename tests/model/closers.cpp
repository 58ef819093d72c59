#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/reset_call.hpp"
#include "model/tokens.hpp"

namespace coupon::model {

namespace {

bool is_letting_in(const Scene& scene) {
    return is_gate_armed(scene) && scene.gate().memory->fields.door == GateDoor::open;
}

/// Whoever has ended needs no memory but of how.
Closer ended(const Scene& scene, const Closer& closer) {
    Closer end;
    end.stands = closer.way.end() == CloseEnd::closed ? Closer::Stands::closed : Closer::Stands::failed;
    end.after_reopen = closer.after_reopen;
    end.before_reset = closer.before_reset;
    if (end.stands == Closer::Stands::failed) return end;
    end.round = closer.way.round();
    end.misjudged = is_letting_in(scene);
    return end;
}

void shut_gate(Scene& scene, Closer& closer) {
    auto& way = closer.way;
    const auto token = fresh_token(scene);
    // With the bug it believes what it has seen before the ledger knew.
    const bool is_blind = way.stage() == CloseStage::shut_again && scene.has_bug(Bug::close_looks_once);
    const bool is_first = !way.mine();
    way.on_shut(is_blind ? Result<Shut>(Shut::told) : call_shut(scene, way.mine(), token), token);
    if (way.stage() == CloseStage::read_round && !is_first) scene.note(Situation::close_repeated);
}

void call(Scene& scene, Closer& closer) {
    auto& way = closer.way;
    switch (way.stage()) {
    case CloseStage::shut_gate:
    case CloseStage::shut_again: return shut_gate(scene, closer);
    case CloseStage::read_round: return way.on_round_read(scene.ledger().highest());
    case CloseStage::close_round:
        return way.on_round_closed(
            change_round(scene, *way.mine(), [&](const auto& highest) { return close_round_row(highest, way.round(), *way.mine()); }));
    case CloseStage::done: return;
    }
}

} // namespace

void step_closer(const Scene& scene, const Take& take) {
    auto closer = scene.closer();
    Scene after = scene;
    if (closer.stands == Closer::Stands::idle) {
        if (scene.bounds().closes == 0) return;
        closer.stands = Closer::Stands::runs;
        closer.after_reopen = scene.reopener().stands == Reopener::Stands::open || scene.reopener().stands == Reopener::Stands::refused;
        after.set(closer);
        return take(Act::close_starts, 0, after);
    }
    if (closer.stands != Closer::Stands::runs) return;
    call(after, closer);
    const bool has_ended = closer.way.stage() == CloseStage::done;
    if (has_ended && closer.way.end() == CloseEnd::closed) after.note(Situation::close_done);
    after.set(has_ended ? ended(after, closer) : closer);
    take(Act::close_calls, 0, after);
}

} // namespace coupon::model
