#pragma once

#include "flow/apply.hpp"
#include "load/arrivals.hpp"
#include "load/latency.hpp"
#include "load/pacer.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace coupon {

/// The shape of a flood and its thresholds.
struct FloodSettings {
    FloodShape shape;                     ///< who applies, in which order (load/arrivals.hpp)
    std::size_t concurrency = 32;         ///< applications in flight
    std::optional<Rate> rate;             ///< applications started per time; absent: as fast as answers come
    std::optional<Milliseconds> duration; ///< ends the flood when it is over, whatever was sent
};

/// What was answered and how fast. Latencies in microseconds. Absent times: nothing of the kind happened.
struct FloodReport {
    AnswerCounts counts;
    std::int64_t sent = 0;
    Nanoseconds elapsed{0};
    Latency answer_latency;                   ///< from sending to the gate's first word
    Latency confirmed_latency;                ///< winners, from sending to confirmed
    std::optional<Latency> corrected_latency; ///< with a rate: from the scheduled moment to the gate's first word
    std::optional<Nanoseconds> first_grant;   ///< from the start
    std::optional<Nanoseconds> last_grant;
    std::optional<Nanoseconds> first_sold_out;
    std::optional<FaultKind> worst_cause;
    bool stalled = false;
    bool interrupted = false;
};

/// Sends the flood through the engine: at most `concurrency` applications at once, each at its scheduled moment or as soon after as there
/// is room. Ends when everything is sent and answered; after the duration, a signal, or a stall nothing new is sent and what is in flight
/// ends within the engine's timeout. `progress` is called a few times a second with the report so far; it and `history` may be null.
/// REQUIRES: impossible_because(settings.shape) is empty, concurrency is 1 or more.
[[nodiscard]] FloodReport flood(ApplyEngine& engine, World& world, const FloodSettings& settings, HistorySink* history,
                                const std::function<void(const FloodReport&)>& progress);

} // namespace coupon
