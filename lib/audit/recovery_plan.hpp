#pragma once

#include "audit/reconcile.hpp"
#include "core/batch_rule.hpp"
#include "core/consumer_group.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// What an event that went wrong still owes, and who can put it right: this very plan, or a person.
namespace coupon {

class Evidence;

/// The record of a failed event as it reads.
struct ReadFailedRecord : ReadRecord {
    RecordMark mark{};
};

/// What failed events say about claims.
struct FailedClaims {
    std::vector<ReadFailedRecord> open; ///< by place: records of the event, of any round, that were neither issued nor dismissed
    std::vector<ClaimedSlot> dismissed; ///< of the newest round: an operator said that these are not to be tried again
};

/// Made of one still picture. Carried out or not, it may be made again at any time; once carried out and read by a worker, the next one
/// holds no work.
struct RecoveryPlan {
    /// Claims pending for longer than their grace: to be published, each record identical to the first, then confirmed.
    std::vector<Grant> pending;
    /// Confirmed claims with neither a row nor a failed event nor a record that could still bring one: to be republished.
    std::vector<Grant> lost;
    /// Records that were committed past without being issued or kept as a failed event: to be given to the ledger once more, as a record
    /// that is delivered twice would be. By place.
    std::vector<SourcePosition> skipped;
    /// Open failed events that can be issued now. By place.
    std::vector<RecordIdentity> issuable;
    Epoch epoch;                       ///< the round's, in the ledger; once it is another one, the failed events must be looked at again
    std::optional<RoundKey> key;       ///< the round's, for what is republished
    std::vector<Finding> steps;        ///< the four above, as far as there is something in them, for people
    std::vector<Finding> for_a_person; ///< what no program may decide, or can only be decided after somebody did something

    [[nodiscard]] bool has_work() const { return !steps.empty(); }
    [[nodiscard]] bool is_empty() const { return steps.empty() && for_a_person.empty(); }
};

/// Makes the plan. Publishes nothing that the gate, armed, does not hold; gives the ledger nothing that a worker could not have given it.
/// A record of the newest round is issued where the armed gate holds the claim; where the gate forgot, the record itself proves the claim,
/// and arming will put it back from record and row. A failed event proves nothing to arming, so it waits until the gate is armed.
/// Records of older rounds are issued into these rounds: a promise outlives a reset.
///
/// REQUIRES: the event did not move while ledger, topic and gate were read: what no worker has read by then, and what is pending within
/// its grace, is on its way. `input.not_quiescent_because` says why it was not quiescent all the same. Histories are not needed.
[[nodiscard]] RecoveryPlan plan_recovery(const AuditInput& input, const FailedClaims& failed, Milliseconds grace);

/// Members of the workers' group that are no workers go on skipping records until a person ends them.
[[nodiscard]] Finding stranger_finding(const std::vector<GroupMember>& strangers);

/// Where ledger and gate disagree, and what keeps the round from going on (audit/recovery_person.cpp).
[[nodiscard]] std::vector<Finding> needs_a_person(const Evidence& evidence);

} // namespace coupon
