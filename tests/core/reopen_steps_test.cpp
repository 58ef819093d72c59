#include "core/reopen_steps.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

namespace {

/// Round 4, closed by owner "o", its gate armed with token "g".
ReopenReading closed_event() {
    ReopenReading reading;
    reading.highest.event = "coupon";
    reading.highest.round = Round(4);
    reading.highest.state = RoundState::closed;
    reading.highest.owner = "o";
    reading.gate = GateMark{Round(4), "g"};
    reading.is_armed = true;
    return reading;
}

RoundRow row_owned_by(const std::string& owner) {
    auto row = closed_event().highest;
    row.owner = owner;
    return row;
}

Fault conflict() {
    return {FaultKind::conflict, "somebody else acted", {}};
}

} // namespace

TEST_SUITE_BEGIN("core/reopen_steps");

TEST_CASE("an event that both know to be closed is opened in the ledger, then at the gate, as they were read") {
    Reopening way("mine");
    REQUIRE(way.stage() == ReopenStage::read);
    way.on_read(closed_event());
    REQUIRE(way.stage() == ReopenStage::reopen_round);
    CHECK(way.round() == Round(4));
    CHECK(way.owner() == "o");
    way.on_round(row_owned_by("mine"));
    REQUIRE(way.stage() == ReopenStage::open_gate);
    CHECK(way.seen().token == "g");
    way.on(Done{});
    CHECK(way.stage() == ReopenStage::done);
}

TEST_CASE("a topic that is gone is made again first, once, and not where the round cannot be opened") {
    auto reading = closed_event();
    reading.lacks_topic = true;
    Reopening way("mine");
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::make_topic);
    way.on(Done{});
    REQUIRE(way.stage() == ReopenStage::read);
    // A broker that does not know it yet.
    way.on_read(reading);
    CHECK(way.stage() == ReopenStage::reopen_round);
    reading.highest.state = RoundState::abandoned;
    Reopening late("mine");
    late.on_read(reading);
    CHECK(late.stage() == ReopenStage::refused);
}

TEST_CASE("a close that the ledger was not told is told first") {
    Reopening way("mine");
    auto reading = closed_event();
    reading.highest.state = RoundState::open;
    reading.untold = true;
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::close_round);
    CHECK(way.owner() == "o");
    way.on_round(row_owned_by("mine"));
    REQUIRE(way.stage() == ReopenStage::mark_told);
    CHECK(way.seen().token == "g");
    way.on(Done{});
    REQUIRE(way.stage() == ReopenStage::read);
    SUBCASE("and then the event is opened") {
        reading = closed_event();
        reading.highest.owner = "mine";
        reading.gate->token = "mine";
        way.on_read(reading);
        CHECK(way.stage() == ReopenStage::reopen_round);
    }
    SUBCASE("a kill switch that was pulled once more since is not overruled") {
        way.on_read(reading);
        REQUIRE(way.stage() == ReopenStage::refused);
        CHECK(way.fault().kind == FaultKind::conflict);
    }
}

TEST_CASE("a gate that is missing, of an older round or not armed is armed, then all is read once more") {
    auto missing = closed_event();
    missing.gate.reset();
    missing.is_armed = false;
    auto older = closed_event();
    older.gate->round = Round(3);
    auto not_armed = closed_event();
    not_armed.is_armed = false;
    for (const auto& reading : {missing, older, not_armed}) {
        Reopening way("mine");
        way.on_read(reading);
        REQUIRE(way.stage() == ReopenStage::arm);
        way.on(Done{});
        REQUIRE(way.stage() == ReopenStage::read);
        way.on_read(closed_event());
        CHECK(way.stage() == ReopenStage::reopen_round);
    }
    Reopening way("mine");
    way.on_read(not_armed);
    way.on(conflict()); // somebody else arms it
    REQUIRE(way.stage() == ReopenStage::read);
    way.on_read(not_armed);
    CHECK(way.stage() == ReopenStage::reopen_round);
    Reopening lost("mine");
    lost.on_read(missing);
    lost.on(conflict());
    lost.on_read(missing);
    REQUIRE(lost.stage() == ReopenStage::refused);
    CHECK(lost.fault().kind == FaultKind::missing);
}

TEST_CASE("only an open or closed round is reopened, and only by its own gate") {
    for (const auto state : {RoundState::opening, RoundState::abandoned, RoundState::purged}) {
        Reopening way("mine");
        auto reading = closed_event();
        reading.highest.state = state;
        way.on_read(reading);
        REQUIRE(way.stage() == ReopenStage::refused);
        CHECK(way.fault().kind == FaultKind::refused);
    }
    Reopening way("mine");
    auto reading = closed_event();
    reading.gate->round = Round(5);
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::refused);
    CHECK(way.fault().message.find("the gate holds round 5") == 0);
}

TEST_CASE("a round whose window is over is reopened only with a later end") {
    const auto ms = [](std::int64_t moment) { return Instant(Milliseconds(moment)); };
    struct Row {
        const char* what;
        std::optional<Instant> closes_at; ///< of the operator
        Window window;
        std::optional<FaultKind> fault;
    };
    for (const auto& row : {
             Row{"no end", {}, {}, {}},
             Row{"an end to come", {}, {{}, ms(101)}, {}},
             Row{"over at this moment", {}, {{}, ms(100)}, FaultKind::refused},
             Row{"over, and a later end is given", ms(101), {{}, ms(50)}, {}},
             Row{"over, and an end that is over is given", ms(100), {{}, ms(50)}, FaultKind::refused},
             Row{"an end before the opening", ms(200), {ms(200), {}}, FaultKind::usage},
             Row{"an end after the opening", ms(201), {ms(200), {}}, {}},
         }) {
        CAPTURE(row.what);
        Reopening way("mine", row.closes_at);
        auto reading = closed_event();
        reading.now = ms(100);
        reading.highest.window = row.window;
        way.on_read(reading);
        CHECK(way.stage() == (row.fault ? ReopenStage::refused : ReopenStage::reopen_round));
        if (row.fault) CHECK(way.fault().kind == *row.fault);
        if (!row.fault) CHECK(way.closes_at() == row.closes_at);
    }
}

TEST_CASE("where the gate moves the old ones are closed before anything is armed, and a stray gate is never opened") {
    Reopening way("mine");
    auto reading = closed_event();
    reading.moves = true;
    reading.is_armed = false;
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::close_old);
    way.on(Done{});
    REQUIRE(way.stage() == ReopenStage::read);
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::arm);
    SUBCASE("it is armed") {
        way.on(Done{});
        way.on_read(closed_event());
        CHECK(way.stage() == ReopenStage::reopen_round);
    }
    SUBCASE("somebody else acts on it") {
        way.on(conflict());
        way.on_read(reading);
        REQUIRE(way.stage() == ReopenStage::refused);
        CHECK(way.fault().kind == FaultKind::conflict);
    }
}

TEST_CASE("a gate that can never be the round's is not touched") {
    Reopening way("mine");
    auto reading = closed_event();
    reading.untold = true;
    reading.refusal = Fault{FaultKind::usage, "another seal", {}};
    way.on_read(reading);
    REQUIRE(way.stage() == ReopenStage::refused);
    CHECK(way.fault().message == "another seal");
}

TEST_CASE("each fault ends it where it stands") {
    Reopening unread("mine");
    unread.on_read(conflict());
    CHECK(unread.stage() == ReopenStage::refused);
    Reopening unowned("mine");
    unowned.on_read(closed_event());
    unowned.on_round(conflict());
    CHECK(unowned.stage() == ReopenStage::refused);
    Reopening changed("mine");
    changed.on_read(closed_event());
    changed.on_round(row_owned_by("mine"));
    changed.on(conflict());
    REQUIRE(changed.stage() == ReopenStage::refused);
    CHECK(changed.fault().kind == FaultKind::conflict);
}

TEST_SUITE_END();
