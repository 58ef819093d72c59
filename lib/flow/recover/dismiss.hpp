#pragma once

#include "flow/world.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <string>

namespace coupon {

/// What coupon-consume --dismiss found and did.
struct DismissReport {
    FailedCounts found;         ///< of what was selected, before anything was dismissed
    std::int64_t dismissed = 0; ///< now
    bool interrupted = false;   ///< a signal ended it before all were dismissed

    /// Something was selected that is dismissed now, or was before.
    [[nodiscard]] bool matched() const { return found.open_total() + found.dismissed > 0; }
};

/// Counts what would be dismissed. usage where the selection is one place and several open failed events are of different records there:
/// the topic was made again, or a broker came back without its data. The fault names each.
[[nodiscard]] Status plan_dismissal(LedgerReader& ledger, const FailedSelection& selection, World& world, Milliseconds timeout,
                                    DismissReport& report);
/// Dismisses the open failed events that were selected, portion by portion. What was dismissed before a fault stays so.
[[nodiscard]] Status dismiss(Ledger& ledger, const FailedSelection& selection, const std::string& why, World& world, Milliseconds timeout,
                             DismissReport& report);

} // namespace coupon
