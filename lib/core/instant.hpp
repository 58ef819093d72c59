#pragma once

#include <chrono>

namespace coupon {

using Milliseconds = std::chrono::milliseconds;
using Nanoseconds = std::chrono::nanoseconds;

/// A moment of the wall clock, in milliseconds since 1970-01-01T00:00Z, as in the record header `granted_at`.
using Instant = std::chrono::sys_time<Milliseconds>;

/// A moment of this machine's steady clock; deadlines and latencies are made of these.
using Tick = std::chrono::steady_clock::time_point;

/// The moment a wait ends, whatever has happened by then.
using Deadline = Tick;

} // namespace coupon
