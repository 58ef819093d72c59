#include "core/close_steps.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace coupon;

namespace {

using Row = std::optional<RoundRow>;

RoundRow row_of(std::int64_t round = 4) {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(round);
    row.state = RoundState::open;
    return row;
}

Fault fault_of(FaultKind kind) {
    return {kind, "it failed", "repair it"};
}

/// A kill switch after its first step.
Closing after_first(const Result<Shut>& left) {
    Closing way("coupon");
    REQUIRE(way.stage() == CloseStage::shut_gate);
    CHECK_FALSE(way.mine());
    way.on_shut(left, "t1");
    return way;
}

/// Tells the ledger, which knows of the round.
void tell(Closing& way) {
    REQUIRE(way.stage() == CloseStage::read_round);
    way.on_round_read(Row(row_of()));
    REQUIRE(way.stage() == CloseStage::close_round);
    CHECK(way.round() == Round(4));
    way.on_round_closed(row_of());
    REQUIRE(way.stage() == CloseStage::shut_again);
}

std::string end_of(const Closing& way) {
    REQUIRE(way.stage() == CloseStage::done);
    REQUIRE(static_cast<bool>(way.fault()) == (way.end() != CloseEnd::closed));
    return std::string(name_of(way.end())) + (way.fault() ? ": " + way.fault()->text() : "");
}

} // namespace

TEST_SUITE_BEGIN("core/close_steps");

TEST_CASE("the kill switch closes the gate, tells the ledger, and looks at the gate again") {
    auto way = after_first(Shut::untold);
    CHECK(way.mine() == "t1");
    tell(way);
    way.on_shut(Shut::told, "t2");
    CHECK(end_of(way) == "closed");
}

TEST_CASE("a gate that was missing, and still is once the ledger knows, is closed") {
    auto way = after_first(Shut::missing);
    tell(way);
    way.on_shut(Shut::missing, "t2");
    CHECK(end_of(way) == "closed");
}

TEST_CASE("a gate that was made or changed since is shut, and the ledger is told once more") {
    for (const auto first : {Shut::missing, Shut::untold}) {
        auto way = after_first(first);
        tell(way);
        way.on_shut(Shut::untold, "t2");
        CHECK(way.mine() == "t2");
        tell(way);
        way.on_shut(Shut::told, "t3");
        CHECK(end_of(way) == "closed");
    }
}

TEST_CASE("a gate that does not let itself be closed is still open, and the ledger is left alone") {
    for (const auto kind : {FaultKind::unreachable, FaultKind::refused, FaultKind::denied, FaultKind::corrupt}) {
        const auto way = after_first(fault_of(kind));
        CHECK(end_of(way) == "still_open: it failed; event coupon is STILL OPEN; repair it");
        CHECK(way.fault()->kind == kind);
    }
    CHECK(end_of(after_first(fault_of(FaultKind::unknown))) ==
          "in_doubt: it failed; the gate of event coupon may still be open; run coupon-reset --close again");
}

TEST_CASE("a ledger that cannot be told leaves the gate closed, and without a gate nothing was closed") {
    const std::string not_told =
        "not_told: the gate of event coupon is closed, but the ledger does not know: it failed; if Redis loses this before a "
        "worker tells the ledger, the gate opens again; let a coupon-consume run, or run coupon-reset --close again";
    const std::string nothing =
        "nothing_closed: event coupon has no gate, and the ledger was not told: it failed; nothing could be closed; repair it";
    for (const auto kind : {FaultKind::unreachable, FaultKind::denied, FaultKind::refused, FaultKind::missing, FaultKind::corrupt}) {
        for (const auto first : {Shut::untold, Shut::missing}) {
            const auto& expected = first == Shut::untold ? not_told : nothing;
            auto unread = after_first(first);
            unread.on_round_read(fault_of(kind));
            CHECK(end_of(unread) == expected);
            auto unwritten = after_first(first);
            unwritten.on_round_read(Row(row_of()));
            unwritten.on_round_closed(fault_of(kind));
            CHECK(end_of(unwritten) == expected);
        }
    }
}

TEST_CASE("a ledger without a round of the event does not know of the close") {
    auto closed = after_first(Shut::untold);
    closed.on_round_read(Row());
    CHECK(closed.end() == CloseEnd::not_told);
    CHECK(closed.fault()->message.find("has no round of the event") != std::string::npos);
    auto nothing = after_first(Shut::missing);
    nothing.on_round_read(Row());
    CHECK(nothing.end() == CloseEnd::nothing_closed);
}

TEST_CASE("a round that a reset has begun since, and a reply that was lost, are asked about once more") {
    for (const auto kind : {FaultKind::conflict, FaultKind::unknown}) {
        auto way = after_first(Shut::untold);
        way.on_round_read(Row(row_of()));
        way.on_round_closed(fault_of(kind));
        REQUIRE(way.stage() == CloseStage::read_round);
        way.on_round_read(Row(row_of(5)));
        CHECK(way.round() == Round(5));
        way.on_round_closed(row_of(5));
        way.on_shut(Shut::told, "t2");
        CHECK(end_of(way) == "closed");
    }
}

TEST_CASE("a kill switch comes to its end even where others act on the event without end") {
    auto way = after_first(Shut::untold);
    int turns = 0;
    while (way.stage() != CloseStage::done) {
        REQUIRE(++turns < 100);
        tell(way);
        way.on_shut(Shut::untold, "t" + std::to_string(turns));
    }
    CHECK(way.end() == CloseEnd::not_told);
    auto refused = after_first(Shut::untold);
    for (turns = 0; refused.stage() != CloseStage::done; ++turns) {
        REQUIRE(turns < 100);
        refused.on_round_read(Row(row_of()));
        refused.on_round_closed(fault_of(FaultKind::conflict));
    }
    CHECK(refused.end() == CloseEnd::not_told);
}

TEST_CASE("a gate that cannot be seen again leaves a doubt: it may have been made again open") {
    auto way = after_first(Shut::untold);
    tell(way);
    way.on_shut(fault_of(FaultKind::unreachable), "t2");
    CHECK(end_of(way) ==
          "in_doubt: the ledger knows that event coupon is closed, but its gate was not seen again: it failed; the gate may still be "
          "open; run coupon-reset --close again");
}

TEST_SUITE_END();
