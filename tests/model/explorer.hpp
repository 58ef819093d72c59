#pragma once

#include "model/aftermath.hpp"
#include "model/bounds.hpp"
#include "model/situation.hpp"

#include <cstddef>
#include <functional>
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

/// Is shown each state, and what it comes to.
using See = std::function<void(const Scene& scene, const Aftermath& end)>;

/// Sees every state that can be reached within the bounds, breadth first, and checks each. Stops at the first violation, or after
/// `most_states`.
[[nodiscard]] Exploration explore(const Bounds& bounds, std::size_t most_states, const See& see = {});

} // namespace coupon::model
