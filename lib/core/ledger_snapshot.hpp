#pragma once

#include "core/ledger_rule.hpp"
#include "core/void_claims.hpp"
#include "core/worker_positions.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace coupon {

/// The ledger in one consistent read.
struct LedgerSnapshot {
    std::vector<RoundRow> rounds;                       ///< all rounds of the event, ascending
    std::map<Round, std::vector<Fence>> fences;         ///< of all rounds of the event
    std::vector<Coupon> coupons;                        ///< of the round audited, by slot
    std::map<Round, std::vector<Coupon>> other_coupons; ///< of other rounds that records of the topic or unresolved failed events name
    std::vector<FailedEvent> failed;                    ///< of the topic, all rounds
    std::vector<ClaimedSlot> abandoned;                 ///< claims of the round audited that a forced reset gave up
    std::vector<VoidClaim> void_claims;                 ///< of the round audited, by user and epoch
    std::map<std::int32_t, std::int64_t> purged_to;     ///< highest offset a reset meant to purge up to, by partition
    Positions positions;                                ///< of the workers on the topic
};

} // namespace coupon
