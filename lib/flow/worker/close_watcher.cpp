#include "flow/worker/close_watcher.hpp"

namespace coupon {

Result<bool> CloseWatcher::look(const RoundRow& row, const GateFields& gate, GateKeeper& keeper, Ledger& ledger, Milliseconds timeout) {
    const auto soon = [&] { return world_.now() + timeout; };
    const auto act = close_watch(row, gate);
    const GateMark seen{gate.round, gate.token};
    const auto token = world_.random_word();
    const auto done = [&]() -> Status {
        switch (act) {
        case CloseWatch::nothing: return Done{};
        case CloseWatch::tell_ledger:
            if (const auto closed = ledger.close_owned_round(row.round, row.owner, token, soon()); !closed) return closed.fault();
            return keeper.mark_told(seen, token, soon());
        case CloseWatch::mark_told: return keeper.mark_told(seen, token, soon());
        case CloseWatch::close_gate: return keeper.close(seen, token, soon());
        }
        return Done{};
    }();
    if (done) {
        trouble_.over("gate and ledger both know whether the event is closed");
        tell(act, row);
        return act != CloseWatch::nothing;
    }
    const auto kind = done.fault().kind;
    if (kind == FaultKind::refused)
        trouble_.trouble("the event is closed in one of gate and ledger only: " + done.fault().text_with("trying again"));
    const bool is_for_next_look = kind == FaultKind::refused || kind == FaultKind::conflict || kind == FaultKind::missing;
    return is_for_next_look ? Result<bool>(false) : done.fault();
}

void CloseWatcher::tell(CloseWatch done, const RoundRow& row) {
    const auto round = "round " + row.round.text();
    if (done == CloseWatch::tell_ledger && row.state == RoundState::open)
        journal_.warn("the gate of " + round + " was closed by coupon-reset --close; the ledger is told: the round is closed");
    if (done == CloseWatch::close_gate)
        journal_.warn(round + " is " + name_of(row.state) + " in the ledger, and its gate was open; the gate is closed");
}

} // namespace coupon
