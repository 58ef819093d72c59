#include "model/explorations.hpp"

#include <array>

namespace coupon::model {

namespace {

Bounds with_everything(std::vector<std::int64_t> users, std::int64_t limit, int faults, int armings) {
    return {.users = std::move(users),
            .limit = limit,
            .faults = faults,
            .losses = faults,
            .delayed_requests = faults,
            .redeliveries = faults,
            .armings = armings,
            .redrives = 1,
            .resets = 1};
}

} // namespace

std::span<const NamedBounds> named_bounds() {
    static const std::array all{
        NamedBounds{"a", "2 applicants, 2 slots, 2 faults, two armings", with_everything({1, 2}, 2, 2, 2)},
        NamedBounds{"b", "3 applicants, 2 slots, 1 fault, two armings", with_everything({1, 2, 3}, 2, 1, 2)},
        NamedBounds{"c", "2 applicants, 1 slot, 2 rounds, 2 faults, two armings", with_everything({1, 2}, 1, 2, 2)},
        NamedBounds{"a1", "2 applicants, 2 slots, 2 faults, one arming", with_everything({1, 2}, 2, 2, 1)},
        NamedBounds{"b1", "3 applicants, 2 slots, 1 fault, one arming", with_everything({1, 2, 3}, 2, 1, 1)},
        NamedBounds{"c1", "2 applicants, 1 slot, 2 rounds, 2 faults, one arming", with_everything({1, 2}, 1, 2, 1)},
    };
    return all;
}

} // namespace coupon::model
