#include "core/roll_back.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/roll_back");

TEST_CASE("a gate went back where it holds less than it did, or than the ledger") {
    struct Row {
        std::int64_t granted, published;
        std::optional<GateProgress> before;
        std::optional<std::int64_t> rows;
        const char* why;
    };
    const GateProgress five{Round(1), Epoch(2), 5, 4};
    const GateProgress other_epoch{Round(1), Epoch(1), 9, 9};
    const GateProgress other_round{Round(2), Epoch(2), 9, 9};
    for (const auto& row : {Row{5, 4, {}, {}, ""},
                            {5, 4, five, 5, ""},
                            {6, 4, five, 6, ""},
                            {4, 4, five, {}, "it holds 4 claims and held 5 before"},
                            {5, 3, five, {}, "it knows of 3 published claims and knew of 4 before"},
                            {5, 4, other_epoch, {}, ""},
                            {5, 4, other_round, {}, ""},
                            {5, 4, {}, 6, "it holds 5 claims and the ledger 6 coupons"},
                            {5, 4, {}, 4, ""}}) {
        GateFields gate;
        gate.round = Round(1);
        gate.epoch = Epoch(2);
        gate.granted = row.granted;
        gate.published = row.published;
        CHECK(went_back_because(gate, row.before, row.rows) == row.why);
    }
}

TEST_CASE("a coupon whose user has another claim, or none, shows that the gate went back") {
    CHECK(went_back_because(UserId(7), Slot(3), Slot(3)).empty());
    CHECK(went_back_because(UserId(7), Slot(3), Slot(4)) == "user 7 has the coupon of slot 3, and claims slot 4");
    CHECK(went_back_because(UserId(7), Slot(3), {}) == "user 7 has the coupon of slot 3, and no claim");
}
