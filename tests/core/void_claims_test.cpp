#include "core/void_claims.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/void_claims");

TEST_CASE("of the claims of a gate that is made again those are kept that nothing speaks against") {
    const KnownClaims known{{{UserId(30), Slot(7)}}, {{UserId(1), Slot(1)}}, {{UserId(2), Slot(2)}}};
    const std::vector<RestoredClaim> held{
        {UserId(1), Slot(1)},                         // has its row
        {UserId(2), Slot(9)},                         // its record says another slot
        {UserId(3), Slot(3)},                         // known here alone
        {UserId(4), Slot(4)},  {UserId(5), Slot(4)},  // two of a slot
        {UserId(6), Slot(1)},                         // of a slot that has a row
        {UserId(7), Slot(0)},  {UserId(8), Slot(11)}, // of no slot
        {UserId(9), Slot(5)},  {UserId(9), Slot(6)},  // two slots
        {UserId(10), Slot(7)},                        // the gate gave the slot to somebody meanwhile
    };
    const auto carried = carry_over(held, known, Limit(10), Epoch(4));
    CHECK(carried.kept == std::map<UserId, Slot>{{UserId(3), Slot(3)}});
    const auto lost = [](std::int64_t user, std::int64_t slot, VoidReason reason) {
        return VoidClaim{Epoch(4), Slot(slot), UserId(user), reason};
    };
    using enum VoidReason;
    CHECK(carried.voided == std::vector{lost(2, 9, other_slot), lost(4, 4, contradicted), lost(5, 4, contradicted),
                                        lost(6, 1, contradicted), lost(7, 0, contradicted), lost(8, 11, contradicted),
                                        lost(9, 5, contradicted), lost(10, 7, contradicted)});
}

TEST_CASE("two users of a slot, or two slots of a user, are undecided where the ledger knows neither") {
    const KnownClaims known{{{UserId(1), Slot(1)}, {UserId(3), Slot(3)}, {UserId(5), Slot(5)}, {UserId(7), Slot(7)}, {UserId(9), Slot(9)}},
                            {{UserId(4), Slot(3)}, {UserId(7), Slot(8)}},
                            {{UserId(2), Slot(1)}, {UserId(4), Slot(3)}, {UserId(5), Slot(6)}, {UserId(7), Slot(8)}, {UserId(9), Slot(9)}}};
    const auto undecided = undecided_in(known);
    CHECK(undecided.slots == std::set{Slot(1)});   // slot 3 has its row
    CHECK(undecided.users == std::set{UserId(5)}); // user 7 has a row
    CHECK(undecided_in({{{UserId(1), Slot(1)}}, {}, {{UserId(1), Slot(1)}, {UserId(2), Slot(2)}}}).empty());
}

TEST_SUITE_END();
