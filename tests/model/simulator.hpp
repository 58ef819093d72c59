#pragma once

#include "model/bounds.hpp"
#include "model/situation.hpp"

#include <cstdint>
#include <string>

namespace coupon::model {

/// What one seed led to.
struct Simulation {
    Bounds bounds; ///< drawn from the seed
    std::uint64_t steps = 0;
    std::string violation; ///< empty: none
    std::string trace;     ///< the steps, one a line, with the state after each; only where asked for
    Reached reached{};
};

enum class Trace { no, yes };

/// Draws bounds from the seed, larger than an exploration could have them, and takes steps at random, each by itself, until a random one of
/// them was the last or nobody has anything to do. Tables and gate are checked after each step, everything after the last, by what it
/// comes to. The same seed takes the same steps. `bug` is planted.
[[nodiscard]] Simulation simulate(std::uint64_t seed, Bug bug, Trace trace);

} // namespace coupon::model
