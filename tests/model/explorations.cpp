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

} // namespace

std::span<const NamedBounds> named_bounds() {
    static const std::array all{
        NamedBounds{"k", "a close, a reopen, 1 applicant", {.users = {1}, .closes = 1, .reopens = 1}},
        NamedBounds{"c", "2 applicants, 1 slot, 2 rounds, 2 faults, two armings", with_everything({1, 2}, 1, 2)},
        NamedBounds{"b", "3 applicants, 2 slots, 1 fault, two armings", with_everything({1, 2, 3}, 2, 1)},
        NamedBounds{"a", "2 applicants, 2 slots, 2 faults, two armings", with_everything({1, 2}, 2, 2)},
    };
    return all;
}

} // namespace coupon::model
