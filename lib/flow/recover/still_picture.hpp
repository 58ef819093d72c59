#pragma once

#include "flow/recover/recover.hpp"

#include <string>
#include <vector>

namespace coupon {

/// All three stores at rest, or why they could not be seen so.
struct StillPicture {
    AuditInput input;
    FailedClaims failed;
    std::vector<GroupMember> strangers{}; ///< members of the workers' group that are no workers; what they hold no worker reads
    std::vector<std::string> moving;      ///< empty: nothing moved while `input` was read, and what is pending has been for the grace
};

/// Waits, at most settings.wait, until the event is quiescent; where only claims are pending, or records that a stranger in the group
/// holds, until nothing has moved for the grace; then reads ledger, topic and gate, and looks whether all is as it was. A gate that is away
/// for good (missing) is left out of the picture. Faults: those of the stores, missing (no round), interrupted.
[[nodiscard]] Result<StillPicture> take_still_picture(const RecoverSettings& settings, const RecoverPorts& ports);

} // namespace coupon
