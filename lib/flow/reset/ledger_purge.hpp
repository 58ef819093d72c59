#pragma once

#include "flow/reset/reset.hpp"

namespace coupon {

/// --purge-ledger --no-round: deletes the coupons of all rounds but the newest settings.purge->keep, and opens none. Faults:
/// already_running, and those of the ledger.
[[nodiscard]] Status purge_ledger(const ResetSettings& settings, Ledger& ledger, World& world, ResetReport& report);

/// What purge_ledger() would do now; nothing is touched.
[[nodiscard]] Status plan_purge_ledger(const ResetSettings& settings, Ledger& ledger, World& world, ResetReport& report);

/// The same as a step of a reset, which holds the lock already. `rounds`: those that there are once the new round is in the ledger.
[[nodiscard]] Status purge_rounds(const ResetSettings& settings, const std::vector<RoundRow>& rounds, Ledger& ledger, World& world,
                                  ResetReport& report);
[[nodiscard]] Status plan_purge_rounds(const ResetSettings& settings, const std::vector<RoundRow>& rounds, LedgerReader& ledger,
                                       World& world, ResetReport& report);

} // namespace coupon
