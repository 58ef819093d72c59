#include "audit/gate_contradiction.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("audit/gate_contradiction");

namespace {

/// Users 1 and 2 have their coupons, user 3's claim of slot 4 has none yet: slot 3 was given back to nobody.
struct Look {
    GateFields gate;
    RoundRow row;
    HeldClaims held{{{UserId(1), Slot(1)}, {UserId(2), Slot(2)}, {UserId(3), Slot(4)}}, SlotRanges::parse("3-3")};
    std::vector<Coupon> rows{{Slot(1), UserId(1)}, {Slot(2), UserId(2)}};

    Look() {
        gate.limit = row.limit = Limit(5);
        gate.free = *SlotRanges::parse("3-3");
    }
    [[nodiscard]] std::string why() const { return contradiction_in(gate, row, held, rows); }
};

} // namespace

TEST_CASE("a gate whose fields, claims and coupons agree has no contradiction") {
    Look look;
    CHECK(look.why().empty());
    // Claims that came while they were read say nothing about the free slots that were read before.
    look.gate.free = {};
    look.held.holes.reset();
    CHECK(look.why().empty());
}

TEST_CASE("what does not agree is told with the user and the slot") {
    struct Row {
        const char* what;
        void (*harm)(Look&);
        const char* told;
    };
    for (const auto& row : {
             Row{"the limit", [](Look& look) { look.gate.limit = Limit(9); }, "its limit is 9 but the ledger's is 5"},
             Row{"the window", [](Look& look) { look.gate.window.closes_at = Instant(Milliseconds(1)); }, "its window is not the ledger's"},
             Row{"a slot above the limit", [](Look& look) { look.held.all[2].slot = Slot(6); }, "user 3's claim of slot 6 is outside 1..5"},
             Row{"a slot below 1", [](Look& look) { look.held.all[2].slot = Slot(0); }, "user 3's claim of slot 0 is outside 1..5"},
             Row{"a slot of two users", [](Look& look) { look.held.all[2].slot = Slot(2); }, "slot 2 belongs to user 2 and to user 3"},
             Row{"a coupon without a claim", [](Look& look) { look.held.all[1].user = UserId(9); },
                 "user 2 has the coupon of slot 2 and no claim"},
             Row{"a coupon of another slot than the claim", [](Look& look) { look.held.all[1].slot = Slot(3); },
                 "user 2's claim of slot 3 is not that of the coupon, 2"},
             Row{"free slots that are claimed", [](Look& look) { look.gate.free = *SlotRanges::parse("2-3"); },
                 "its free slots are 2-3, and its claims leave 3-3"},
             Row{"free slots that were forgotten", [](Look& look) { look.gate.free = {}; },
                 "its free slots are none, and its claims leave 3-3"},
         }) {
        CAPTURE(row.what);
        Look look;
        row.harm(look);
        CHECK(look.why() == row.told);
    }
}

TEST_CASE("a record whose user has no claim is one that the gate forgot") {
    const Look look;
    CHECK(forgotten_by(look.held, {{UserId(1), Slot(1)}, {UserId(3), Slot(4)}}).empty());
    CHECK(forgotten_by(look.held, {{UserId(1), Slot(1)}, {UserId(8), Slot(3)}}) == "user 8 has the record of slot 3 and no claim");
}

TEST_SUITE_END();
