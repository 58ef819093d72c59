#pragma once

#include "flow/audit/preflight.hpp"
#include "flow/reset/reset.hpp"

namespace coupon {

/// Looks at the three servers before a reset opens anything, and touches nothing. Lines that are not ok go into the report. Faults: refused
/// (a line is dangerous and not accepted), and those of a server that does not answer. A line that cannot be told stops no reset.
[[nodiscard]] Status preflight_reset(const PreflightSettings& settings, const ResetPorts& ports, ResetReport& report);

} // namespace coupon
