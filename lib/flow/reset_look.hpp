#pragma once

#include "core/reset_brakes.hpp"
#include "flow/reset.hpp"

namespace coupon {

/// The event before a reset changes anything.
struct ResetLook {
    ResetScene scene;
    bool has_tables = false;
    bool has_topic = false;
};

/// Asks all three servers and changes nothing. Faults: those of the servers; corrupt where the gate does not say which round it holds.
[[nodiscard]] Result<ResetLook> look_before_reset(const ResetSettings& settings, const ResetPorts& ports);

/// Takes the lock of resets, sees whether this one may begin, and makes what a first use needs. The lock comes first: what was seen must
/// still be so when the reset begins.
[[nodiscard]] Result<ResetLook> prepare_reset(const ResetSettings& settings, const ResetPorts& ports);

} // namespace coupon
