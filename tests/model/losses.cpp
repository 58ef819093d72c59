#include "model/actors.hpp"
#include "model/places.hpp"

namespace coupon::model {

namespace {

/// The server is another one from now on, unless nobody can tell. Requests on their way to it die with their connections.
Scene with_lost(const Scene& scene, const GateMemory& memory) {
    Scene after = scene;
    GateSide gate = scene.gate();
    gate.memory = memory;
    gate.went_back = scene.bounds().goes_back;
    gate.is_armed_again = false;
    if (!scene.has_bug(Bug::identity_ignores_loss) && !scene.bounds().losses_go_unnoticed && !gate.went_back) ++gate.server;
    after.set(gate);
    if (!scene.bounds().is_bound() || (memory && scene.saved() != nullptr && memory == scene.saved()->memory)) after.forget_saved();
    if (!scene.has_bug(Bug::requests_survive_loss) && !gate.went_back) {
        auto air = scene.air();
        air.claims.clear();
        air.together.clear();
        air.confirms.clear();
        after.set(air);
    }
    return after;
}

} // namespace

void step_losses(const Scene& scene, const Take& take) {
    if (const auto* saved = scene.saved()) {
        auto after = with_lost(scene, saved->memory);
        after.note(scene.bounds().goes_back ? Situation::gate_went_back : Situation::gate_rolled_back);
        take(scene.bounds().goes_back ? Act::gate_goes_back : Act::gate_falls_back, 0, after);
    }
    if (scene.bounds().goes_back || !scene.has_left(Left::losses) || !scene.gate().memory) return;
    auto restarted = with_lost(scene, scene.gate().memory);
    restarted.use(Left::losses);
    take(Act::gate_restarts, 0, restarted);
    if (scene.bounds().restarts_only) return;
    auto emptied = with_lost(scene, std::nullopt);
    emptied.use(Left::losses);
    emptied.note(Situation::gate_emptied);
    take(Act::gate_forgets_everything, 0, emptied);
}

std::optional<Scene> with_saved_ledger(const Scene& before, const Scene& after) {
    if (before.saved_ledger() != nullptr || !after.has_left(Left::ledger_losses) || !after.has_another_ledger(before)) return std::nullopt;
    Scene kept = after;
    kept.use(Left::ledger_losses);
    kept.save_ledger(before);
    return kept;
}

void step_ledger(const Scene& scene, const Take& take) {
    if (scene.saved_ledger() == nullptr) return;
    Scene after = scene;
    after.set(*scene.saved_ledger());
    after.forget_saved_ledger();
    after.note(Situation::ledger_rolled_back);
    take(Act::ledger_falls_back, 0, after);
}

namespace {

/// Whether the ledger has settled every record of the partition.
bool is_settled(const Scene& scene, std::size_t partition) {
    const auto& log = scene.topic().partitions[partition];
    return log.position >= std::ssize(log.records);
}

/// What gate and log lose together is lost, and so is what a log loses that an arming is about to read: a worker's watch for a roll-back
/// sees that a row has no claim. A log goes while nobody arms the gate; and while the gate, armed, remembers all and will go on doing so,
/// or once the ledger has settled all that was on it.
bool may_lose_log(const Scene& scene, std::size_t partition) {
    for (std::size_t i = 0; i < most_armers; ++i) {
        if (scene.armer(i).step != Armer::Step::idle) return false;
    }
    return is_settled(scene, partition) || (is_counted(scene) && !scene.has_left(Left::losses) && scene.saved() == nullptr);
}

} // namespace

void step_broker(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.topic().partitions.size(); ++i) {
        if (scene.topic().partitions[i].log >= scene.bounds().log_losses || !may_lose_log(scene, i)) continue;
        auto topic = scene.topic();
        const auto log = topic.partitions[i].log + 1;
        topic.partitions[i] = {};
        topic.partitions[i].log = log;
        Scene after = scene;
        after.set(topic);
        after.note(Situation::log_lost);
        take(Act::log_is_lost, i, after);
    }
}

std::optional<Scene> with_saved_gate(const Scene& before, const Scene& after) {
    if (before.saved() != nullptr || !before.gate().memory || !after.has_left(Left::losses) || after.bounds().restarts_only)
        return std::nullopt;
    // Not across another loss: back to what was before that one is fail-back, where arming finds a contradiction and the gate stays shut.
    // A bound gate may: an old copy of it, or its old master, comes back.
    const bool is_across = after.gate().server != before.gate().server && !after.bounds().is_bound();
    if (!after.has_another_gate(before) || is_across) return std::nullopt;
    Scene kept = after;
    kept.use(Left::losses);
    kept.save(before);
    return kept;
}

} // namespace coupon::model
