#pragma once

#include "model/bounds.hpp"
#include "model/situation.hpp"

#include <cstddef>
#include <string>

namespace coupon::model {

/// What an exploration found.
struct Exploration {
    std::size_t states = 0;
    std::size_t transitions = 0;
    std::size_t aftermaths = 0; ///< distinct ones that were worked out
    bool completed = false;     ///< every reachable state was seen; false: a violation ended it, or the budget was too small
    std::string violation;      ///< the first one, by the fewest steps that lead to it; empty: none
    std::string trace;          ///< these steps, one a line, with the state after each
    Reached reached{};          ///< steps in which each situation arose
};

/// Sees every state that can be reached within the bounds, breadth first, and checks each. Stops at the first violation, or after
/// `most_states`.
[[nodiscard]] Exploration explore(const Bounds& bounds, std::size_t most_states);

} // namespace coupon::model
