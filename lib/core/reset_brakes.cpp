#include "core/reset_brakes.hpp"

#include "core/gate_standing.hpp"
#include "core/round_change.hpp"
#include "core/wording.hpp"

#include <algorithm>

namespace coupon {

namespace {

bool is_within(const Window& window, Instant now) {
    return !(window.opens_at && now < *window.opens_at) && !(window.closes_at && now >= *window.closes_at);
}

bool is_gate_known(const ResetScene& scene) {
    return !scene.gate || std::ranges::any_of(scene.rounds, [&](const RoundRow& row) { return row.round == scene.gate->round; });
}

/// The gate that the ledger names is at another address, and may have claims that are still on their way.
bool is_gate_elsewhere(const ResetScene& scene) {
    const auto row = scene.highest();
    if (!row || row->home.addresses.empty() || row->home.lists(scene.address)) return false;
    // The armed gate that the ledger names, under a name that no worker has used yet.
    if (standing_of({scene.address, scene.gate, scene.server}, *row) == GateStanding::unlisted) return false;
    switch (row->state) {
    case RoundState::opening:
    case RoundState::open: return true;
    case RoundState::closed: return scene.rows < row->limit.value();
    case RoundState::abandoned:
    case RoundState::purged: break;
    }
    return false;
}

/// The row of the gate's round, where that one has another seal.
const RoundRow* row_of_another_seal(const ResetScene& scene) {
    if (!scene.gate) return nullptr;
    const auto row = std::ranges::find(scene.rounds, scene.gate->round, &RoundRow::round);
    if (row == scene.rounds.end() || is_same_seal(seal_of(row->key), seal_of(scene.gate->key))) return nullptr;
    return &*row;
}

} // namespace

const RoundRow* opened_once(const std::vector<RoundRow>& rounds, const std::string& once_key) {
    const auto row = std::ranges::find(rounds, once_key, [](const RoundRow& one) { return one.once_key.value_or(""); });
    return row == rounds.end() || row->state == RoundState::opening ? nullptr : &*row;
}

std::string RunningRound::counts() const {
    return grouped(granted) + " of " + grouped(limit.value()) + " granted";
}

std::string RunningRound::text() const {
    return "This ends round " + round.text() + " (" + counts() + ").";
}

std::optional<RunningRound> running_round(const ResetScene& scene) {
    const auto row = scene.highest();
    if (!row || row->state != RoundState::open) return std::nullopt;
    const bool has_gate = scene.gate && scene.gate->round == row->round;
    if (has_gate && scene.gate->door != GateDoor::open) return std::nullopt;
    if (!is_within(has_gate ? scene.gate->window : row->window, scene.now)) return std::nullopt;
    const RunningRound running{row->round, std::max(has_gate ? scene.gate->granted : 0, scene.rows), row->limit};
    return running.granted < running.limit.value() ? std::optional(running) : std::nullopt;
}

Status may_begin(const ResetScene& scene, const MayEnd& allowed) {
    if (is_gate_elsewhere(scene)) return not_the_gate(*scene.highest(), scene.address);
    if (const auto* row = row_of_another_seal(scene); row != nullptr) {
        return refusal_of(GateStanding::other_seal, {scene.address, scene.gate, {}}, *row);
    }
    if (!is_gate_known(scene)) {
        const auto row = scene.highest();
        return Fault{FaultKind::refused,
                     "the gate holds round " + scene.gate->round.text() + ", and the ledger " +
                         (row ? "does not know it: its highest round is " + row->round.text() : "has no round of this event") +
                         "; nothing was changed",
                     "restore the ledger, or name the one that knows the round (--mysql)"};
    }
    const auto running = running_round(scene);
    if (!running || allowed.any || allowed.confirmed == running->round) return Done{};
    return Fault{FaultKind::refused, "round " + running->round.text() + " is running (" + running->counts() + "); nothing was changed",
                 "pass --end-running to end it"};
}

} // namespace coupon
