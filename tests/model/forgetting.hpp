#pragma once

#include "model/scene.hpp"

namespace coupon::model {

/// Lets everybody forget what nothing that may still happen depends on: two states that differ in no more than that behave the same from
/// here on, and are one. forgetting.cpp argues each.
void forget_what_is_over(Scene& scene);

} // namespace coupon::model
