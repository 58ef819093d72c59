#pragma once

#include "flow/apply.hpp"
#include "load/arrivals.hpp"
#include "load/latency.hpp"
#include "load/pacer.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace coupon {

/// The shape of a flood and its thresholds.
struct FloodSettings {
    FloodShape shape;                       ///< who applies, in which order (load/arrivals.hpp)
    std::optional<std::size_t> concurrency; ///< applications in flight
    std::optional<Rate> rate;               ///< applications started per time; absent: as fast as answers come
    std::optional<Milliseconds> duration;   ///< ends the flood when it is over, whatever was sent

    /// With a rate, sending does not wait for answers, so there is room for all that a slow server may leave in flight.
    [[nodiscard]] std::size_t most_in_flight() const { return concurrency.value_or(rate ? 100'000 : 32); }
};

/// How a flood with a rate kept its schedule.
struct PaceReport {
    Latency corrected;             ///< from the scheduled moment to the gate's first word
    Latency lag;                   ///< from the scheduled moment to sending
    Nanoseconds behind{0};         ///< the lag of the one sent last
    std::int64_t without_room = 0; ///< were due while as many as allowed were in flight
};

/// What was answered and how fast. Latencies in microseconds. Absent times: nothing of the kind happened.
struct FloodReport {
    AnswerCounts counts;
    std::int64_t sent = 0;
    Nanoseconds elapsed{0};
    Latency answer_latency;                 ///< from sending to the gate's first word
    Latency confirmed_latency;              ///< winners, from sending to confirmed
    std::optional<PaceReport> pace;         ///< with a rate
    std::optional<Nanoseconds> first_grant; ///< from the start
    std::optional<Nanoseconds> last_grant;
    std::optional<Nanoseconds> first_sold_out;
    std::map<std::string, std::int64_t> closed_because; ///< users told closed, by the reason (core/grant.hpp)
    std::optional<FaultKind> worst_cause;
    std::optional<ApplyServer> silent; ///< did not answer any more, so not everything was sent
    std::optional<Fault> refused;      ///< a right to publish is missing, so not everything was sent
    bool interrupted = false;
    std::optional<Fault> history_fault; ///< the history could not be written, so not everything was sent
};

/// Sends the flood through the engine: at most most_in_flight() applications at once, each at its scheduled moment or as soon after as
/// there is room. Ends when everything is sent and answered; after the duration, a signal, or a stall nothing new is sent and what is in
/// flight ends within the engine's timeout. `progress` is called a few times a second with the report so far; it and `history` may be null.
/// REQUIRES: impossible_because(settings.shape) is empty, most_in_flight() is 1 or more.
[[nodiscard]] FloodReport flood(ApplyEngine& engine, World& world, const FloodSettings& settings, HistorySink* history,
                                const std::function<void(const FloodReport&)>& progress);

} // namespace coupon
