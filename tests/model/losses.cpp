#include "model/actors.hpp"

namespace coupon::model {

namespace {

/// The server is another one from now on, unless nobody can tell. Requests on their way to it die with their connections.
Scene with_lost(const Scene& scene, GateMemory memory) {
    Scene after = scene;
    GateSide gate = scene.gate();
    gate.memory = std::move(memory);
    if (!scene.is_mutated(Mutation::identity_ignores_loss)) ++gate.server;
    after.set(gate);
    after.set(SavedGate{});
    after.use(Left::losses);
    if (!scene.is_mutated(Mutation::requests_survive_loss)) {
        auto air = scene.air();
        air.claims.clear();
        air.confirms.clear();
        after.set(air);
    }
    return after;
}

} // namespace

void step_losses(const Scene& scene, const Take& take) {
    if (!scene.has_left(Left::losses)) return;
    if (scene.gate().memory) take(Act::gate_forgets_everything, 0, with_lost(scene, std::nullopt));
    if (scene.saved().memory) {
        take(Act::gate_falls_back, 0, with_lost(scene, *scene.saved().memory));
    } else if (scene.gate().memory) {
        // To which moment a loss falls back is guessed here, once; every moment is tried.
        Scene after = scene;
        after.set(SavedGate{scene.gate().memory});
        take(Act::gate_is_saved, 0, after);
    }
}

} // namespace coupon::model
