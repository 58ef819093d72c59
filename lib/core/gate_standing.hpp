#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>

/// How the gate that a program has reached stands to the one that the ledger names (lib/README.md, "One gate counts"), pure.
namespace coupon {

/// The gate at one address, as far as it was read.
struct GateSight {
    std::string address;              ///< as the ledger lists it
    std::optional<GateFields> fields; ///< absent: there is no gate
    ServerIdentity server;            ///< of the process that answered; without a meaning where there is no gate

    [[nodiscard]] bool is_armed() const { return fields && coupon::is_armed(*fields, server); }
};

enum class GateStanding {
    counts,      ///< armed, in the ledger's round and epoch, in the server and database it names
    unlisted,    ///< the same, seen at an address that the ledger does not list yet
    to_be_armed, ///< lost, restarted, of another epoch or of an older round, at a listed address
    promotable,  ///< at no listed address, but with the round's seal and exactly its epoch: a promoted replica may be
    stray,       ///< any other gate, or none, at an address that is not listed
    other_seal,  ///< of the ledger's round, opened by another ledger
    ahead,       ///< of a higher round than the ledger's: the ledger lost a round
};

/// REQUIRES: `row` is the event's highest round, the same before and after the gate was read.
[[nodiscard]] GateStanding standing_of(const GateSight& gate, const RoundRow& row);

/// The armed gate that the ledger names, listed here or not.
[[nodiscard]] bool is_the_armed_gate(const GateSight& gate, const RoundRow& row);

/// Whether gate and row together tell every epoch that the round has been in. They do not while somebody arms the gate at an epoch that the
/// row has not reached: where the ledger has lost that epoch, it has lost the fence with it.
[[nodiscard]] bool tells_all_epochs(const GateSight& gate, const RoundRow& row);

/// Why no gate may be made, armed or redriven there. REQUIRES: the standing is promotable, stray, other_seal or ahead.
[[nodiscard]] Fault refusal_of(GateStanding standing, const GateSight& gate, const RoundRow& row);

} // namespace coupon
