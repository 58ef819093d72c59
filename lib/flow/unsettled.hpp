#pragma once

#include "core/quiescence.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// A gate in order, each of whose claims has a row of the same user and slot. Claims and rows stay: while a gate is as it was, its claims
/// have their rows.
struct SettledGate {
    GatePulse pulse;
    std::int64_t claims = 0;

    friend bool operator==(const SettledGate&, const SettledGate&) = default;
};

/// The gate where it is settled; none where a claim has no row, or where the gate moved while it was read.
[[nodiscard]] Result<std::optional<SettledGate>> settled_gate(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline);

/// Sentences on claims of the gate that have no row of the same user and slot in the ledger, naming the first users; empty when every claim
/// has its row. Call it when the event is quiescent. A gate that is as
/// `before`, which settled_gate() told of the round, is not read again.
[[nodiscard]] Result<std::vector<std::string>> claims_without_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline,
                                                                  const std::optional<SettledGate>& before = {});

/// "(users 17, 42, 99 and 5 more)".
[[nodiscard]] std::string users_named(const std::vector<UserId>& users);

} // namespace coupon
