#pragma once

#include "model/bounds.hpp"

#include <span>
#include <string>

namespace coupon::model {

/// One bug that can be planted, and what must come of it.
struct PlantedBug {
    Bug bug = Bug::none;
    const char* name = "";      ///< as --bug takes it
    const char* sentence = "";  ///< what is wrong with the rule
    Bounds bounds;              ///< wide enough for explore to find what it does
    const char* violation = ""; ///< how the sentence that is found begins; empty: spare, another comparison catches it within these bounds
};

/// All of them. The first design_bugs are those of the design itself: each must be found.
[[nodiscard]] std::span<const PlantedBug> planted_bugs();
inline constexpr std::size_t design_bugs = 26;

/// nullptr when there is none of that name.
[[nodiscard]] const PlantedBug* find_bug(const std::string& name);

} // namespace coupon::model
