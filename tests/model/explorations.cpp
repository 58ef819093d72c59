#include "model/explorations.hpp"

#include <array>

namespace coupon::model {

namespace {

Bounds with_everything(std::vector<std::int64_t> users, std::int64_t limit, int faults) {
    return {.users = std::move(users),
            .limit = limit,
            .faults = faults,
            .losses = faults,
            .delayed_requests = faults,
            .redeliveries = faults,
            .armings = 2,
            .redrives = 1,
            .resets = 1};
}

Bounds with_one_arming(Bounds bounds) {
    bounds.armings = 1;
    return bounds;
}

Bounds without_reset(Bounds bounds) {
    bounds.resets = 0;
    return bounds;
}

Bounds without_redrive(Bounds bounds) {
    bounds.redrives = 0;
    return bounds;
}

} // namespace

std::span<const NamedBounds> named_bounds() {
    static const auto a = with_everything({1, 2}, 2, 2);
    static const auto b = with_everything({1, 2, 3}, 2, 1);
    static const auto c = with_everything({1, 2}, 1, 2);
    static const std::array all{
        NamedBounds{"a", "2 applicants, 2 slots, 2 faults, two armings", a, true},
        NamedBounds{"b", "3 applicants, 2 slots, 1 fault, two armings", b, true},
        NamedBounds{"b2", "3 applicants, 2 slots, 1 fault, two armings, no reset", without_reset(b)},
        NamedBounds{"b1", "3 applicants, 2 slots, 1 fault, one arming", with_one_arming(b)},
        NamedBounds{"b3", "3 applicants, 2 slots, 1 fault, two armings, no redrive", without_redrive(b)},
        NamedBounds{"a1", "2 applicants, 2 slots, 2 faults, one arming", with_one_arming(a)},
        NamedBounds{"a2", "2 applicants, 2 slots, 2 faults, two armings, no reset", without_reset(a)},
        NamedBounds{"c", "2 applicants, 1 slot, 2 rounds, 2 faults, two armings", c},
        NamedBounds{"a3", "2 applicants, 2 slots, 2 faults, two armings, no redrive", without_redrive(a)},
    };
    return all;
}

} // namespace coupon::model
