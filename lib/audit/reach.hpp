#pragma once

#include "audit/reconcile.hpp"

#include <string>

/// How far a verdict reaches, in words.
namespace coupon {

/// What an exact event is exact in, where that is not everything: "the stores" (no history was given), "the ledger" (an older round),
/// "ledger and histories"; otherwise empty.
[[nodiscard]] std::string scope_of(const AuditReport& report);

/// Checks that were not made: "4 of 17 checks need --history", "7 of 17 checks were not made", or empty.
[[nodiscard]] std::string not_made_text(const AuditReport& report);

} // namespace coupon
