#pragma once

#include "model/actors.hpp"

namespace coupon::model {

/// Steps as `step` hands them out, but some taken together with the same actor's next one: what everybody else could do between the two
/// leads to nothing that does not happen before or after both. merging.cpp argues each; the simulator takes every step by itself.
void step_merged(const Actor& actor, const Scene& scene, const Take& take);

/// The state that stands for this one and for all that behave the same from here on: what is spent is dropped (spent.hpp), what is over is
/// forgotten (forgetting.hpp), servers, tokens and epochs get the first names there are (renaming.hpp).
[[nodiscard]] State canonical(Scene scene);

} // namespace coupon::model
