#include "model/close_checks.hpp"

namespace coupon::model {

namespace {

bool has_lost(const Scene& scene) {
    return scene.used(Left::losses, scene.bounds().losses) > 0;
}

/// The ledger's highest round, and its gate where there is one.
struct AtRest {
    RoundRow row;
    const GateFields* gate = nullptr;

    [[nodiscard]] bool is_round_open() const { return row.state == RoundState::open; }
    [[nodiscard]] bool is_gate_open() const { return gate != nullptr && gate->door == GateDoor::open; }
};

/// A close that ended with 0 stands until somebody opens the event; a reset that read the row after the close wrote it may do so. A close
/// whose program died after it had closed the gate stands as well, but a gate that falls back has forgotten that one. A reopen that was
/// refused opens nothing, unless the gate was lost or a reset was under way.
bool must_be_closed(const Scene& scene, const AtRest& rest) {
    const auto& closer = scene.closer();
    const auto reopener = scene.reopener().stands;
    const bool was_refused = reopener == Reopener::Stands::refused && !has_lost(scene) && scene.bounds().resets == 0;
    if (reopener != Reopener::Stands::idle && !closer.after_reopen && !was_refused) return false;
    if (closer.stands == Closer::Stands::closed) return closer.round == rest.row.round && !closer.before_reset;
    return closer.stands == Closer::Stands::runs && closer.way.mine() && !has_lost(scene) && scene.bounds().resets == 0;
}

/// A reopen that ended with 0 stands until somebody closes the event; a gate that is lost may come back closed.
bool must_be_open(const Scene& scene) {
    const auto& reopener = scene.reopener();
    return reopener.stands == Reopener::Stands::open && reopener.after_close && !scene.closer().after_reopen && !has_lost(scene) &&
           scene.bounds().resets == 0;
}

} // namespace

std::string check_close_at_once(const Scene& scene) {
    if (!scene.bounds().are_closed()) return {};
    if (scene.closer().misjudged) return "closing: --close ended with 0, and the gate lets users in";
    const auto& memory = scene.gate().memory;
    if (memory && memory->fields.untold && memory->fields.door == GateDoor::open) return "closing: the gate is open, and marked as closed";
    return {};
}

std::string check_close_at_rest(const Scene& scene, const LedgerSide& ledger, const GateSide& gate) {
    const auto highest = ledger.highest();
    if (!scene.bounds().are_closed() || !highest) return {};
    const bool has_gate = gate.memory && gate.memory->fields.round == highest->round;
    const AtRest rest{*highest, has_gate ? &gate.memory->fields : nullptr};
    if (has_gate && rest.gate->untold) return "closing: the ledger is not told of a close";
    if (rest.is_gate_open() && !rest.is_round_open()) return "closing: the round is not open, and its gate is";
    if (must_be_closed(scene, rest) && (rest.is_gate_open() || rest.is_round_open())) return "closing: the event was closed, and is open";
    if (must_be_open(scene) && !(rest.is_gate_open() && rest.is_round_open())) return "closing: the event was opened again, and is closed";
    return {};
}

} // namespace coupon::model
