#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"

/// What a worker does with a close that gate and ledger do not both know of (lib/README.md, "Closing"), pure.
namespace coupon {

enum class CloseWatch {
    nothing,     ///< both agree, or one of them is changing
    tell_ledger, ///< the gate was closed by the kill switch: close the round if its owner is still the one read, then mark_told. A closed
                 ///< one takes the new owner, so that no reopen that began before opens it once the mark is gone
    mark_told,   ///< the same, and the round is neither open nor closed: nobody can reopen it
    close_gate,  ///< the round is not open, and the gate is: close the gate if its token is still the one read
};

/// REQUIRES: `row` is the event's highest round, the same before and after the gate was read; where the two readings differ somebody is
/// acting, and the next look decides. A gate that is closed without the mark tells the ledger nothing: a reset may be about to open it.
[[nodiscard]] CloseWatch close_watch(const RoundRow& row, const GateFields& gate);

} // namespace coupon
