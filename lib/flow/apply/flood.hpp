#pragma once

#include "flow/apply/flood_report.hpp"
#include "flow/apply/flood_settings.hpp"

#include <functional>
#include <vector>

namespace coupon {

using ApplyEngines = std::vector<ApplyEngine*>; ///< none of them null

/// Sends the flood through the engines, each in a thread of its own: at most most_in_flight() applications at once, each at its scheduled
/// moment or as soon after as a thread has room. All engines have one memory. Every thread takes the next application that no thread has
/// taken yet, so that the users are those of the shape, whatever the number of threads. Ends when everything is sent and answered; after
/// the duration, a signal, or a stall nothing new is sent and what is in flight ends within the engines' timeout. `progress` is called a
/// few times a second, in the caller's thread, with the counts so far; it and `history` may be null. REQUIRES:
/// impossible_because(settings.shape) is empty, most_in_flight() is at least the number of engines, which is 1 or more.
[[nodiscard]] FloodReport flood(const ApplyEngines& engines, World& world, const FloodSettings& settings, HistorySink* history,
                                const std::function<void(const FloodReport&)>& progress);

} // namespace coupon
