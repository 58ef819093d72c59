#pragma once

#include "core/gate_rule.hpp"
#include "core/instant.hpp"

#include <chrono>
#include <string>

/// How programs tell an operator when something happens, pure.
namespace coupon {

/// The difference of a local clock from UTC, such as 540 minutes for +09:00.
using UtcOffset = std::chrono::minutes;

/// "10:00:00 +09:00", with the date before it where that is another one than `now`'s.
[[nodiscard]] std::string clock_text(Instant moment, UtcOffset offset, Instant now);

/// "in 20 s", "in 29 min", "in 3 h", "in 4 days", "now", "20 s ago".
[[nodiscard]] std::string distance_text(Milliseconds from_now);

/// "open now", "opens 10:00:00 +09:00 (in 20 s)", "closes 11:00:00 +09:00 (in 60 min)", "closed 09:00:00 +09:00 (1 h ago)"; two of them
/// with a comma between.
[[nodiscard]] std::string window_text(const Window& window, UtcOffset offset, Instant now);

} // namespace coupon
