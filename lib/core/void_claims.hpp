#pragma once

#include "core/restore_plan.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Claims that an arming finds void (lib/README.md, "Arming"), pure. A gate that went back in time, or an old copy of one, holds claims
/// that the event has gone past.
namespace coupon {

enum class VoidReason {
    slot_taken,   ///< another user has the coupon of the slot
    other_slot,   ///< the user has the coupon of another slot
    old_copy,     ///< pending in an old copy, and neither a coupon nor a record says the same
    contradicted, ///< of a gate that contradicted itself, and another claim or record has the slot, or there is no such slot
};

[[nodiscard]] const char* name_of(VoidReason reason);
[[nodiscard]] std::optional<VoidReason> parse_void_reason(std::string_view text);

/// A claim that an arming found void, as the ledger's table `void_claim` keeps it.
struct VoidClaim {
    Epoch epoch; ///< that the arming gave the gate
    Slot slot;
    UserId user;
    VoidReason reason = VoidReason::slot_taken;

    friend bool operator==(const VoidClaim&, const VoidClaim&) = default;
};

/// "user 7's claim of slot 3: another user has the coupon of the slot"
[[nodiscard]] std::string text_of(const VoidClaim& claim);

/// The claims of gate and topic that a row contradicts, by user: rows win.
/// REQUIRES: every record that the ledger may still issue is a row or a failed event.
[[nodiscard]] std::vector<VoidClaim> claims_against_rows(const KnownClaims& known, Epoch epoch);

/// Contradictions that no row decides.
struct Undecided {
    std::set<UserId> users; ///< of two slots
    std::set<Slot> slots;   ///< of two users

    [[nodiscard]] bool empty() const { return users.empty() && slots.empty(); }
};

/// What gate and topic contradict each other about, where the ledger has neither the slot nor the user.
[[nodiscard]] Undecided undecided_in(const KnownClaims& known);

/// The pending claims of an old copy for which neither a row nor a record says the same slot, by user.
[[nodiscard]] std::vector<VoidClaim> unproven_pending(const std::vector<PendingClaim>& outbox, const KnownClaims& known, Epoch epoch);

/// What is kept of the claims of a gate that is made again because it contradicted itself.
struct CarriedClaims {
    std::map<UserId, Slot> kept;   ///< those that neither a row nor a record knows and nothing speaks against
    std::vector<VoidClaim> voided; ///< by user
};

/// Sorts `held`, the claims of such a gate, a user once for each slot that it names: what is known elsewhere wins, and of two claims of a
/// slot neither is kept.
[[nodiscard]] CarriedClaims carry_over(const std::vector<RestoredClaim>& held, const KnownClaims& known, Limit limit, Epoch epoch);

} // namespace coupon
