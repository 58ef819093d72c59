#pragma once

#include "cli/options/spelling.hpp"
#include "core/clock_text.hpp"
#include "core/rfc3339.hpp"

#include <variant>

namespace coupon {

/// A moment as an operator names it: by the calendar, or counted from the start of the program.
using PointInTime = std::variant<ZonedTime, Milliseconds>;

/// RFC 3339 with offset (2026-05-09T10:00:00+09:00), +30s, or now.
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

/// The offset of this machine's time zone at that moment.
[[nodiscard]] UtcOffset local_utc_offset(Instant moment);

} // namespace coupon
