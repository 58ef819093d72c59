#include "core/close_watch.hpp"

namespace coupon {

CloseWatch close_watch(const RoundRow& row, const GateFields& gate) {
    if (row.round != gate.round) return CloseWatch::nothing;
    const bool is_round_open = row.state == RoundState::open;
    if (gate.untold) return is_round_open ? CloseWatch::tell_ledger : CloseWatch::mark_told;
    return gate.door == GateDoor::open && !is_round_open ? CloseWatch::close_gate : CloseWatch::nothing;
}

} // namespace coupon
