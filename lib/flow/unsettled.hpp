#pragma once

#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"

#include <string>
#include <vector>

namespace coupon {

/// Sentences on claims of the gate that have no row of the same user and slot in the ledger, naming the first users; empty when every claim
/// has its row. Call it when the event is quiescent.
[[nodiscard]] Result<std::vector<std::string>> claims_without_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline);

/// "(users 17, 42, 99 and 5 more)".
[[nodiscard]] std::string users_named(const std::vector<UserId>& users);

} // namespace coupon
