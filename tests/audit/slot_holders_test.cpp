#include "audit/slot_holders.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace coupon;

TEST_SUITE("audit/slot_holders") {
    TEST_CASE("the first of a slot is told, the others of it in the order of the list, wherever the slot lies") {
        const std::vector<std::int64_t> slots{2, 1, 2, 900'000'000, 0, -3, 900'000'000, 0, 2};
        const SlotHolders holders(slots.size(), [&](std::size_t i) { return std::optional(Slot(slots[i])); });
        CHECK(holders.first(Slot(2)) == 0);
        CHECK(holders.first(Slot(1)) == 1);
        CHECK(holders.first(Slot(900'000'000)) == 3);
        CHECK(holders.first(Slot(0)) == 4);
        CHECK(holders.first(Slot(-3)) == 5);
        CHECK_FALSE(holders.first(Slot(3)));
        CHECK_FALSE(holders.first(Slot(900'000'001)));
        using Later = std::vector<std::pair<Slot, Index>>;
        CHECK(holders.later() == Later{{Slot(2), 2}, {Slot(900'000'000), 6}, {Slot(0), 7}, {Slot(2), 8}});
    }

    TEST_CASE("what has no slot is passed over") {
        const SlotHolders holders(3, [](std::size_t i) { return i == 1 ? std::optional(Slot(1)) : std::nullopt; });
        CHECK(holders.first(Slot(1)) == 1);
        CHECK_FALSE(holders.first(Slot(2)));
        CHECK(holders.later().empty());
    }
}
