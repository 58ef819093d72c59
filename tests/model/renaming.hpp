#pragma once

#include "model/scene.hpp"

namespace coupon::model {

/// Gives servers, epochs and tokens the first names there are: no rule knows more of a server or a token than whether it is another one,
/// and more of an epoch than which comes before which, by how many. renaming.cpp argues each.
void rename_in_order(Scene& scene);

} // namespace coupon::model
