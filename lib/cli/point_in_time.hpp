#pragma once

#include "cli/spelling.hpp"
#include "core/instant.hpp"

#include <variant>

namespace coupon {

/// A moment as an operator names it: by the calendar, or so long after the start of the program.
using PointInTime = std::variant<Instant, Milliseconds>;

/// RFC 3339 with offset (2026-05-09T10:00:00+09:00), or +30s.
[[nodiscard]] Spelling<PointInTime> point_in_time();

/// RFC 3339 with offset alone.
[[nodiscard]] Spelling<Instant> calendar_time();

/// What the gate's clock showed when somebody looked at it.
struct ClockReading {
    Instant gate_time;
    Tick read_at;
};

/// The moment by the gate's clock, so that a machine whose own clock is wrong opens the event in time all the same.
[[nodiscard]] Instant resolve(const PointInTime& point, const ClockReading& reading, Tick program_start);

} // namespace coupon
