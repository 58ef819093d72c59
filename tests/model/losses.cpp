#include "model/actors.hpp"

namespace coupon::model {

namespace {

/// The server is another one from now on, unless nobody can tell. Requests on their way to it die with their connections.
Scene with_lost(const Scene& scene, const GateMemory& memory) {
    Scene after = scene;
    GateSide gate = scene.gate();
    gate.memory = memory;
    if (!scene.has_bug(Bug::identity_ignores_loss) && !scene.bounds().losses_go_unnoticed) ++gate.server;
    after.set(gate);
    after.forget_saved();
    if (!scene.has_bug(Bug::requests_survive_loss)) {
        auto air = scene.air();
        air.claims.clear();
        air.confirms.clear();
        after.set(air);
    }
    return after;
}

} // namespace

void step_losses(const Scene& scene, const Take& take) {
    if (const auto* saved = scene.saved()) {
        auto after = with_lost(scene, saved->memory);
        after.note(Situation::gate_rolled_back);
        take(Act::gate_falls_back, 0, after);
    }
    if (!scene.has_left(Left::losses) || !scene.gate().memory) return;
    auto restarted = with_lost(scene, scene.gate().memory);
    restarted.use(Left::losses);
    take(Act::gate_restarts, 0, restarted);
    auto emptied = with_lost(scene, std::nullopt);
    emptied.use(Left::losses);
    emptied.note(Situation::gate_emptied);
    take(Act::gate_forgets_everything, 0, emptied);
}

std::optional<Scene> with_saved_gate(const Scene& before, const Scene& after) {
    if (before.saved() != nullptr || !before.gate().memory || !after.has_left(Left::losses)) return std::nullopt;
    // Not across another loss: back to what was before that one is fail-back, where arming finds a contradiction and the gate stays shut.
    if (!after.has_another_gate(before) || after.gate().server != before.gate().server) return std::nullopt;
    Scene kept = after;
    kept.use(Left::losses);
    kept.save(before);
    return kept;
}

} // namespace coupon::model
