#pragma once

#include <cstdint>

namespace coupon {

/// What falls to part `index` of `parts` when `whole` is divided: all parts together are the whole, and none is larger than another by more
/// than 1. REQUIRES: 0 <= index < parts.
[[nodiscard]] constexpr std::int64_t part_of(std::int64_t whole, std::int64_t parts, std::int64_t index) {
    return whole / parts + (index < whole % parts ? 1 : 0);
}

} // namespace coupon
