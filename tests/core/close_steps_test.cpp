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

TEST_CASE("a gate that is not the ledger's is closed, but the event is not said to be") {
    struct Case {
        const char* what;
        std::function<void(GateSight&, RoundRow&)> change;
        const char* end;
        bool tells_ledger;
    };
    const auto key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    const auto other_key = RoundKey::parse("101112131415161718191a1b1c1d1e1f");
    for (const auto& row : {
             Case{"its own gate", [](auto&, auto&) {}, "closed", true},
             Case{"its own gate after a restart", [](auto&gate, auto&) { gate.server.run_id = "run-2"; }, "closed", true},
             Case{"no gate, at its own address", [](auto&gate, auto&) { gate.fields.reset(); }, "closed", true},
             Case{"its own gate by another name", [](auto&gate, auto&) { gate.address = "redis://alias:6379/0"; }, "closed", true},
             Case{"a round of a release that listed no address",
                  [](auto&gate, auto&round) {
                      gate.address = "redis://b:6379/0";
                      round.home = {};
                  },
                  "closed", true},
             Case{
                 "an empty database",
                 [](auto&gate, auto&) {
                     gate.address = "redis://a:6379/1";
                     gate.fields.reset();
                 },
                 "still_open: there is no gate at redis://a:6379/1; the gate of round 4 of event coupon at redis://a:6379/0 is STILL OPEN; "
                 "run coupon-reset --close with its --redis; a running coupon-consume closes it as well",
                 true},
             Case{"a copy in another server",
                  [](auto&gate, auto&) {
                      gate.address = "redis://b:6379/0";
                      gate.server.run_id = "run-2";
                  },
                  "still_open: closed a gate that does not count, at redis://b:6379/0; the gate of round 4 of event coupon at "
                  "redis://a:6379/0 is STILL OPEN; run coupon-reset --close with its --redis; a running coupon-consume closes it as well",
                  true},
             Case{"a gate of another ledger at the address of its own",
                  [&](auto&gate, auto&round) {
                      gate.fields->key = key;
                      round.key = other_key;
                  },
                  "not_told: ", false},
             Case{"a gate of another ledger elsewhere",
                  [&](auto&gate, auto&round) {
                      gate.address = "redis://b:6379/0";
                      gate.fields->key = key;
                      round.key = other_key;
                  },
                  "still_open: closed a gate that does not count", false},
             Case{"a gate of a round that the ledger lost", [](auto&gate, auto&) { gate.fields->round = Round(5); }, "not_told: ", false},
         }) {
        CAPTURE(row.what);
        auto round = row_of();
        round.home = {"run-1", 0, {"redis://a:6379/0"}};
        GateSight gate{"redis://a:6379/0", GateFields{}, {"run-1", "replication-1", 0}};
        gate.fields->round = round.round;
        gate.fields->epoch = round.epoch;
        gate.fields->door = GateDoor::closed;
        gate.fields->armed_with = gate.server;
        row.change(gate, round);
        auto way = after_first(gate.fields ? Shut::untold : Shut::missing);
        way.on_round_read(Row(round), gate);
        CHECK((way.stage() == CloseStage::close_round) == row.tells_ledger);
        if (row.tells_ledger) {
            way.on_round_closed(round);
            REQUIRE(way.stage() == CloseStage::shut_again);
            way.on_shut(gate.fields ? Shut::told : Shut::missing, "t2");
        }
        CHECK(end_of(way).find(row.end) == 0);
    }
}

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
          "in_doubt: it failed; the gate of event coupon may still be open; repeat coupon-reset --close");
}

TEST_CASE("a ledger that cannot be told leaves the gate closed, and without a gate nothing was closed") {
    const std::string not_told =
        "not_told: the gate of event coupon is closed, but the ledger does not know: it failed; if Redis loses this before a "
        "worker tells the ledger, the gate opens again; repair it; then let a coupon-consume run, or repeat coupon-reset --close";
    const std::string nothing =
        "nothing_closed: event coupon has no gate, and the ledger was not told: it failed; nothing was closed; repair it";
    const std::string never_opened = "nothing_closed: event coupon was never opened here (no gate in Redis; it failed); nothing to close; "
                                     "check --event and --mysql";
    for (const auto kind : {FaultKind::unreachable, FaultKind::denied, FaultKind::refused, FaultKind::missing, FaultKind::corrupt}) {
        for (const auto first : {Shut::untold, Shut::missing}) {
            const auto& expected = first == Shut::untold ? not_told : nothing;
            auto unread = after_first(first);
            unread.on_round_read(fault_of(kind));
            const bool is_new = first == Shut::missing && kind == FaultKind::missing;
            CHECK(end_of(unread) == (is_new ? never_opened : expected));
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
          "in_doubt: the ledger knows that event coupon is closed, but its gate could not be read again: it failed; the gate may still be "
          "open; repeat coupon-reset --close");
}

TEST_SUITE_END();
