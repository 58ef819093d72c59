#pragma once

#include "flow/apply/apply.hpp"
#include "load/latency.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace coupon {

/// How a flood with a rate kept its schedule.
struct PaceReport {
    Latency corrected;             ///< from the scheduled moment to the gate's first word
    Latency lag;                   ///< from the scheduled moment to sending
    Nanoseconds behind{0};         ///< the lag of the one sent last
    std::int64_t last = -1;        ///< which one that is, from 0
    std::int64_t without_room = 0; ///< were due while as many as allowed were in flight
};

/// What was answered and how fast. Latencies in microseconds. Absent times: nothing of the kind happened.
struct FloodReport {
    std::size_t threads = 1;
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

/// Adds what another thread of the same flood reports.
void merge(FloodReport& into, const FloodReport& other);

} // namespace coupon
