#pragma once

#include "flow/reset/reset.hpp"

#include <string>

/// The gate of a round that a reset opens: closed, without claims, and of the round's row.
namespace coupon {

/// Makes it. A gate of this round that another program wrote to since an interrupted reset made it is discarded first: its round never
/// opened, so that it holds no claim.
[[nodiscard]] Result<ServerIdentity> create_gate_of(const RoundRow& row, const std::string& token, const ResetPorts& ports,
                                                    Milliseconds timeout);

/// conflict where it is not as it was created.
[[nodiscard]] Status check_created(const GateSummary& gate, const RoundRow& row, const std::string& token);

} // namespace coupon
