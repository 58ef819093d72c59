#pragma once

#include "flow/reset/read_ahead.hpp"
#include "flow/reset/reset.hpp"

#include <optional>
#include <string>

namespace coupon {

/// What one walk through the stages of core/reset_steps.hpp came to.
struct ResetWalk {
    /// True when the round that is open now is the one wanted; false when an interrupted reset with other wishes was finished and one more
    /// round is needed.
    Result<bool> is_wanted;
    std::string token; ///< this walk's, which owns the ledger's highest round now unless it was stopped before
    /// The gate that was to be replaced is not the one this reset closed: it was lost, and a worker made it again. The new round is opening
    /// in the ledger, so no user is let in and the kill switch has nothing to close; another walk finishes it.
    bool gate_is_another = false;
    Round new_round;
    std::string outcome; ///< "round 5 of event coupon: 100 coupons, opens 10:00:00 +09:00 (in 20 s)", where that round is open
};

/// What a reset knows from its look.
struct ResetStart {
    /// Must still own the ledger's highest round: no other program has acted on it since this reset last looked at it.
    /// Absent where there is none.
    std::optional<std::string> owner;
    Instant now;     ///< by the gate's clock
    ReadAhead ahead; ///< what was surveyed of the last round's topic; nothing where the reset moves to another one
};

[[nodiscard]] ResetWalk walk_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report, const ResetStart& start);

} // namespace coupon
