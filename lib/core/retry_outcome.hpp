#pragma once

#include "core/snapshot.hpp"

#include <vector>

namespace coupon {

/// What a retry of the unresolved failed events did.
struct RetryOutcome {
    std::vector<FailedEvent> resolved;     ///< issued now, or issued already
    std::vector<FailedEvent> still_failed; ///< with the reason of this try
};

} // namespace coupon
