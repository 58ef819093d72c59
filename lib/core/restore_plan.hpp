#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"

#include <map>
#include <string>
#include <vector>

/// What arming puts back into a gate that lost something, and what a redrive publishes again.
namespace coupon {

/// What arming step 4 has read.
struct KnownClaims {
    std::map<UserId, Slot> gate;   ///< what the gate still has
    std::map<UserId, Slot> ledger; ///< rows of the round
    std::map<UserId, Slot> topic;  ///< records up to W that no earlier fence fences and the ledger admits
};

struct RestorePlan {
    std::vector<RestoredClaim> missing; ///< to be put back, by slot
    ArmOrder order;                     ///< for the arm script, after the restore
    std::vector<std::string>
        contradictions; ///< any of these keeps the gate shut: two users of a slot, two slots of a user, an impossible slot
};

/// Unites what the three places know. order.ledger_closed is left false; the caller knows it.
[[nodiscard]] RestorePlan plan_restore(const KnownClaims& known, Limit limit);

/// The records of the claims that have been pending for at least `grace`, identical to those that were to be published when they were
/// granted.
[[nodiscard]] std::vector<Grant> pending_to_publish_again(Round round, const std::vector<PendingClaim>& outbox, Instant now,
                                                          Milliseconds grace);

/// Claims of a round that nothing is on its way for: confirmed, with neither a row of the same user nor a failed event of the same user and
/// slot, which `failed` lists: it would fail again.
/// REQUIRES: the claims were read first, then the topic was seen read to its end, then the ledger.
[[nodiscard]] std::vector<ClaimedSlot> claims_to_publish_again(const std::vector<ClaimedSlot>& claims,
                                                               const std::vector<PendingClaim>& outbox, const std::vector<Coupon>& rows,
                                                               const std::vector<ClaimedSlot>& failed);

} // namespace coupon
