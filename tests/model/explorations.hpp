#pragma once

#include "model/bounds.hpp"

#include <span>

namespace coupon::model {

/// Bounds within which everything is explored, all of it at once: a worker that delivers at least once, a redrive, two armings, a reset;
/// faults are a reply that is lost, a record that comes again, a gate that lost its last claims, or all of them, or nothing but its server.
/// A record may be late, and anybody may die, at any time and without being counted.
struct NamedBounds {
    const char* name = ""; ///< as --bounds takes it
    const char* what = "";
    Bounds bounds;
};

[[nodiscard]] std::span<const NamedBounds> named_bounds();

} // namespace coupon::model
