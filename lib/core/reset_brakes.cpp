#include "core/reset_brakes.hpp"

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

} // namespace

std::string RunningRound::text() const {
    return "round " + round.text() + ": " + grouped(granted) + " of " + grouped(limit.value()) + " granted";
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
    return Fault{FaultKind::refused, running->text() + ", and users can still apply; nothing was changed", "--end-running ends the round"};
}

} // namespace coupon
