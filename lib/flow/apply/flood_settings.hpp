#pragma once

#include "core/instant.hpp"
#include "load/arrivals.hpp"
#include "load/pacer.hpp"

#include <cstddef>
#include <optional>

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

} // namespace coupon
