#include "model/explorations.hpp"

#include <array>

namespace coupon::model {

namespace {

/// How often those run that make an exploration large.
struct Programs {
    int armings = 2;
    int resets = 1;
};

Bounds with_everything(std::vector<std::int64_t> users, std::int64_t limit, int faults, const Programs& programs) {
    return {.users = std::move(users),
            .limit = limit,
            .faults = faults,
            .losses = faults,
            .delayed_requests = faults,
            .redeliveries = faults,
            .armings = programs.armings,
            .redrives = 1,
            .resets = programs.resets};
}

} // namespace

std::span<const NamedBounds> named_bounds() {
    static const std::array all{
        NamedBounds{"o",
                    "2 applicants at the gate and its old master, a failover, two armings, a redrive",
                    {.users = {1, 2}, .losses = 1, .armings = 2, .redrives = 1, .other = OtherGate::old_master, .strays = 1}},
        NamedBounds{"f", "1 applicant, 2 forged records, a loss, an arming", {.users = {1}, .losses = 1, .armings = 1, .forgeries = 2}},
        NamedBounds{"l",
                    "2 applicants, a loss, a ledger that falls back, an arming, 2 fresh workers",
                    {.users = {1, 2}, .losses = 1, .armings = 1, .ledger_losses = 1, .fresh_workers = 2}},
        NamedBounds{"g",
                    "2 applicants, a gate that goes back, an arming, a redrive",
                    {.users = {1, 2}, .losses = 1, .armings = 1, .redrives = 1, .goes_back = true}},
        NamedBounds{"t",
                    "2 applicants whose claims may be decided as one step, 2 slots, 2 faults, two armings",
                    {.users = {1, 2}, .limit = 2, .faults = 2, .losses = 2, .delayed_requests = 2, .armings = 2, .together = true}},
        NamedBounds{"k", "a close, a reopen, 1 applicant", {.users = {1}, .closes = 1, .reopens = 1}},
        NamedBounds{"c", "2 applicants, 1 slot, 2 rounds, 2 faults, two armings", with_everything({1, 2}, 1, 2, {})},
        NamedBounds{"b", "3 applicants, 2 slots, 1 fault, two armings", with_everything({1, 2, 3}, 2, 1, {})},
        NamedBounds{"d", "2 applicants, 2 slots, 2 faults, two armings, no reset", with_everything({1, 2}, 2, 2, {.resets = 0})},
        NamedBounds{"a", "2 applicants, 2 slots, 2 faults, one arming", with_everything({1, 2}, 2, 2, {.armings = 1})},
    };
    return all;
}

} // namespace coupon::model
