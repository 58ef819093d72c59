#include "core/close_watch.hpp"

namespace coupon {

CloseWatch close_watch(const RoundRow& row, const GateFields& gate) {
    if (row.round != gate.round) return CloseWatch::nothing;
    const bool is_round_open = row.state == RoundState::open;
    const bool may_be_opened = is_round_open || row.state == RoundState::closed;
    if (gate.untold) return may_be_opened ? CloseWatch::tell_ledger : CloseWatch::mark_told;
    return gate.door == GateDoor::open && !is_round_open ? CloseWatch::close_gate : CloseWatch::nothing;
}

} // namespace coupon
