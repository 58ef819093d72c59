#pragma once

#include "model/aftermath.hpp"
#include "model/scene.hpp"

#include <string>

namespace coupon::model {

/// What is wrong with a state, as a sentence that begins with the invariant's name; empty when nothing is. Every state is checked as it is,
/// and by what it comes to (aftermath.hpp). I1 to I3 are checked on the tables, I9 holds by the form of the model: judge() gives each
/// record one class.
[[nodiscard]] std::string violation_in(const Scene& scene, Parts& parts, Aftermaths& aftermaths);

} // namespace coupon::model
