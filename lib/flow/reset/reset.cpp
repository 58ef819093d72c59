#include "flow/reset/reset.hpp"

#include "flow/reset/ledger_purge.hpp"
#include "flow/reset/reset_look.hpp"
#include "flow/reset/reset_walk.hpp"

namespace coupon {

namespace {

constexpr int most_walks = 3;

} // namespace

Status reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto prepared = prepare_reset(settings, ports, report);
    if (!prepared) return prepared.fault();
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    const auto opened = was_opened_once(settings, ports.ledger, soon(), report);
    if (!opened) return opened.fault();
    if (*opened) return Done{};
    const auto before = prepared->scene.highest();
    ResetStart start{before ? std::optional(before->owner) : std::nullopt, prepared->scene.now, {}};
    start.ahead = prepared->ahead;
    if (settings.moves_topic) start.ahead.survey = {};
    // More than one is needed only after an interrupted reset that had wanted another limit or window, and where the gate was lost.
    for (int walks = 0; walks < most_walks; ++walks) {
        const auto walk = walk_reset(settings, ports, report, start);
        const auto& is_wanted = walk.is_wanted;
        start.owner = walk.token;
        if (!is_wanted && walk.gate_is_another && walks + 1 < most_walks) {
            // A reset that lost the lock with its connection leaves the rest to the reset that has it now.
            if (auto locked = ports.ledger.lock_resets(soon()); !locked) return locked;
            continue;
        }
        if (!is_wanted && is_wanted.fault().kind == FaultKind::conflict) {
            // It lost the lock with its connection, and the reset that had it then used the same key.
            const auto by_another = was_opened_once(settings, ports.ledger, soon(), report);
            if (by_another && *by_another) return Done{};
        }
        if (!is_wanted) return is_wanted.fault();
        if (!*is_wanted) continue;
        report.round = walk.new_round;
        report.outcome = walk.outcome;
        if (!settings.purge) return Done{};
        const auto rounds = ports.ledger.rounds(soon());
        return rounds ? purge_rounds(settings, *rounds, ports.ledger, ports.world, report) : rounds.fault();
    }
    return Fault{FaultKind::conflict, "another reset began a round meanwhile", "run this again"};
}

} // namespace coupon
