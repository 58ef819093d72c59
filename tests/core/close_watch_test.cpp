#include "core/close_watch.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

RoundRow row_in(RoundState state) {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(4);
    row.limit = Limit(100);
    row.state = state;
    return row;
}

GateFields gate_in(GateDoor door, bool untold, std::int64_t round = 4) {
    GateFields gate;
    gate.round = Round(round);
    gate.door = door;
    gate.untold = untold;
    return gate;
}

} // namespace

TEST_SUITE_BEGIN("core/close_watch");

TEST_CASE(
    "a close that one of gate and ledger does not know of is told to it, and to a closed round as well, for a reopen may be under way") {
    struct Row {
        RoundState state;
        CloseWatch open, closed, untold, given_up, given_up_untold; ///< by the gate
    };
    constexpr auto nothing = CloseWatch::nothing;
    constexpr auto told = CloseWatch::mark_told;
    for (const auto& row :
         {Row{RoundState::open, nothing, nothing, CloseWatch::tell_ledger, nothing, CloseWatch::tell_ledger},
          Row{RoundState::closed, CloseWatch::close_gate, nothing, CloseWatch::tell_ledger, nothing, CloseWatch::tell_ledger},
          Row{RoundState::opening, CloseWatch::close_gate, nothing, told, nothing, told},
          Row{RoundState::abandoned, CloseWatch::close_gate, nothing, told, nothing, told},
          Row{RoundState::purged, CloseWatch::close_gate, nothing, told, nothing, told}}) {
        CAPTURE(std::string(name_of(row.state)));
        const auto seen = row_in(row.state);
        CHECK(close_watch(seen, gate_in(GateDoor::open, false)) == row.open);
        CHECK(close_watch(seen, gate_in(GateDoor::closed, false)) == row.closed);
        CHECK(close_watch(seen, gate_in(GateDoor::closed, true)) == row.untold);
        CHECK(close_watch(seen, gate_in(GateDoor::given_up, false)) == row.given_up);
        CHECK(close_watch(seen, gate_in(GateDoor::given_up, true)) == row.given_up_untold);
    }
}

TEST_CASE("the gate of another round says nothing about this one") {
    for (const std::int64_t round : {3, 5}) {
        CHECK(close_watch(row_in(RoundState::open), gate_in(GateDoor::closed, true, round)) == CloseWatch::nothing);
        CHECK(close_watch(row_in(RoundState::closed), gate_in(GateDoor::open, false, round)) == CloseWatch::nothing);
    }
}

TEST_SUITE_END();
