#pragma once

#include "model/scene.hpp"

#include <string>

/// What --close and --reopen promise (lib/README.md, "Closing").
namespace coupon::model {

/// What is wrong at this very moment; empty when nothing is.
[[nodiscard]] std::string check_close_at_once(const Scene& scene);

/// What is wrong once everything has come to rest with this ledger and this gate; empty when nothing is.
[[nodiscard]] std::string check_close_at_rest(const Scene& scene, const LedgerSide& ledger, const GateSide& gate);

} // namespace coupon::model
