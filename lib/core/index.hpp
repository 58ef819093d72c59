#pragma once

#include <cstdint>

namespace coupon {

/// A place within a list of rows, claims, records or applications.
using Index = std::uint32_t;

} // namespace coupon
