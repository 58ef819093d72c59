#pragma once

#include "model/scene.hpp"

#include <string>

namespace coupon::model {

/// A random word that nobody in this state remembers: the first of a fixed row of words. So two states in which others were used up on the
/// way are one.
[[nodiscard]] std::string fresh_token(const Scene& scene);

} // namespace coupon::model
