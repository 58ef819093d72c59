#pragma once

#include "core/ledger_snapshot.hpp"

#include <optional>
#include <vector>

namespace coupon {

/// What a retry of some failed events did.
struct RetryOutcome {
    std::vector<FailedEvent> resolved;     ///< issued now, or issued already
    std::vector<FailedEvent> still_failed; ///< with the kind and reason of this try
    std::optional<RecordIdentity> last{};  ///< behind which the next portion begins; absent where there is none
};

} // namespace coupon
