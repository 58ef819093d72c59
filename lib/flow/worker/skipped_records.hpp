#pragma once

#include "core/void_claims.hpp"
#include "flow/world.hpp"
#include "ledger/ledger.hpp"
#include "topic/topic_log.hpp"

#include <vector>

namespace coupon {

/// Issues the records in `ranges` that would settle `undecided`: the workers' group is past them, and they have no class, since another
/// program in the group read them. The ledger judges each as if it came again. `known` learns the rows and forgets the records that failed.
/// not_quiescent where the account may not issue: a worker's may.
[[nodiscard]] Status issue_skipped(const Undecided& undecided, const std::vector<OffsetRange>& ranges, const RoundRow& round,
                                   TopicLog& topic, Ledger& ledger, World& world, Milliseconds timeout, KnownClaims& known);

} // namespace coupon
