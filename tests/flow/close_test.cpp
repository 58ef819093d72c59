#include "flow/reset/close.hpp"
#include "flow/worker/arming.hpp"

#include "fakes/lent_keeper.hpp"
#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/close");

namespace {

bool has_said(const Status& status, const std::string& piece) {
    return !status && status.fault().text().find(piece) != std::string::npos;
}

} // namespace

TEST_CASE("the kill switch closes gate and ledger, and keeps every claim") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    REQUIRE(event.close());
    CHECK(event.report.close == CloseEnd::closed);
    CHECK(event.report.round == Round(1));
    CHECK(event.report.outcome == "event coupon is closed: round 1, 1 of 100 granted");
    CHECK(event.gate.memory->fields.door == GateDoor::closed);
    CHECK_FALSE(event.gate.memory->fields.untold);
    CHECK(event.gate.memory->claims.size() == 1);
    CHECK(event.last_round().state == RoundState::closed);
    CHECK(event.close());
}

TEST_CASE("a kill switch at a gate that does not count says that the other one is still open, and tells the ledger") {
    FakeEvent event;
    REQUIRE(event.reset());
    for (const bool has_copy : {false, true}) {
        FakeGate stray;
        stray.listed_at = "redis://fake:6379/1";
        if (has_copy) stray.memory = event.gate.memory;
        stray.server = {"run-stray", "replication-stray", 1};
        ResetReport report;
        const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> { return std::unique_ptr<Ledger>(event.another_ledger()); };
        const auto look = [&] {
            const auto seen = stray.summary(event.soon());
            return seen ? GateSight{stray.address(), seen->fields, seen->server} : GateSight{stray.address(), {}, {}};
        };
        const auto closed = close_event(FakeEvent::wishes(), {stray, open_ledger, event.world, look}, report);
        CHECK(has_said(closed, "at redis://fake:6379/0 is STILL OPEN"));
        CHECK(has_said(closed, has_copy ? "closed a gate that does not count" : "there is no gate at redis://fake:6379/1"));
        CHECK(report.close == CloseEnd::still_open);
        // A worker at the gate that counts closes it now.
        CHECK(event.last_round().state == RoundState::closed);
        if (has_copy) CHECK(stray.memory->fields.door == GateDoor::closed);
        CHECK(event.gate.memory->fields.door == GateDoor::open);
    }
}

TEST_CASE("the kill switch opens the ledger only once the gate is closed") {
    FakeEvent event;
    REQUIRE(event.reset());
    bool was_closed = false;
    ResetReport report;
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> {
        was_closed = event.gate.memory->fields.door == GateDoor::closed && event.gate.memory->fields.untold;
        return Fault{FaultKind::unreachable, "cannot connect to mysql", "is it up?"};
    };
    const auto closed = close_event(FakeEvent::wishes(), {event.gate, open_ledger, event.world}, report);
    CHECK(was_closed);
    CHECK(has_said(closed, "cannot connect to mysql"));
    CHECK(has_said(closed, "if Redis loses this before a worker tells the ledger, the gate opens again"));
    CHECK(report.close == CloseEnd::not_told);
    CHECK(event.gate.memory->fields.untold);
    CHECK(event.last_round().state == RoundState::open);
}

TEST_CASE("a ledger that says \"not now\" is asked again, for as long as a call may take") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto begun = event.world.now();
    const auto closed = event.close(LedgerTrouble::refused);
    CHECK(has_said(closed, "the ledger does not know"));
    CHECK(event.report.close == CloseEnd::not_told);
    CHECK(event.world.now() - begun <= Milliseconds(5000));
    CHECK(event.world.now() - begun > Milliseconds(4800));
    CHECK(event.gate.memory->fields.door == GateDoor::closed);
}

TEST_CASE("a reply of the ledger that is lost is asked for again") {
    FakeEvent event;
    REQUIRE(event.reset());
    ResetReport report;
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> {
        auto opened = event.another_ledger();
        opened->meet_after(LedgerTrouble::reply_lost, 1);
        opened->meet(LedgerTrouble::reply_lost, 2);
        return std::unique_ptr<Ledger>(std::move(opened));
    };
    const auto closed = close_event(FakeEvent::wishes(), {event.gate, open_ledger, event.world}, report);
    CHECK(has_said(closed, "lost the fake ledger")); // reading changes nothing, so a lost reply to it is no doubt
    CHECK(event.close(LedgerTrouble::none));
    CHECK(event.last_round().state == RoundState::closed);
}

TEST_CASE("a gate that refuses or is away is still open, and the ledger is left alone") {
    for (const auto trouble : {GateTrouble::refused, GateTrouble::unreachable}) {
        FakeEvent event;
        REQUIRE(event.reset());
        event.gate.meet(trouble);
        const auto closed = event.close();
        CHECK(has_said(closed, "event coupon is STILL OPEN"));
        CHECK(event.report.close == CloseEnd::still_open);
        CHECK(event.last_round().state == RoundState::open);
        CHECK(event.ledger.tables().reset_locks.size() == 1); // that of the reset
    }
}

TEST_CASE("a reply of the gate that is lost is asked for once more, and twice it is a doubt") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.meet(GateTrouble::reply_lost, 1);
    CHECK(event.close());
    CHECK(event.report.close == CloseEnd::closed);

    FakeEvent silent;
    REQUIRE(silent.reset());
    silent.gate.meet(GateTrouble::silent);
    const auto closed = silent.close();
    CHECK(has_said(closed, "may still be open"));
    CHECK(silent.report.close == CloseEnd::in_doubt);
    CHECK(silent.last_round().state == RoundState::open);
}

TEST_CASE("without a gate the ledger is told, and without the ledger nothing was closed") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.memory.reset();
    const auto nothing = event.close(LedgerTrouble::unreachable);
    CHECK(has_said(nothing, "nothing was closed"));
    CHECK(event.report.close == CloseEnd::nothing_closed);
    CHECK(event.last_round().state == RoundState::open);

    CHECK(event.close());
    CHECK(event.report.outcome == "event coupon is closed: round 1, without a gate");
    CHECK(event.last_round().state == RoundState::closed);
    CHECK_FALSE(event.gate.memory);
}

TEST_CASE("an event that was never opened has nothing to close") {
    FakeEvent event;
    const auto closed = event.close();
    CHECK(has_said(closed, "has no round of the event"));
    CHECK(event.report.close == CloseEnd::nothing_closed);
}

TEST_CASE("a gate that is armed again open between the kill switch's look and its word to the ledger is closed, too") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.memory.reset();
    event.gate.restart();
    ResetReport report;
    bool was_made = false;
    // The arming reads the round as open, and ends before the ledger knows of the close.
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> {
        REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "worker", Milliseconds(5000)));
        was_made = event.is_open();
        return std::unique_ptr<Ledger>(event.another_ledger());
    };
    const auto closed = close_event(FakeEvent::wishes(), {event.gate, open_ledger, event.world}, report);
    REQUIRE(closed);
    CHECK(was_made);
    CHECK(report.close == CloseEnd::closed);
    CHECK_FALSE(event.is_open());
    CHECK_FALSE(event.gate.memory->fields.untold);
    CHECK(event.last_round().state == RoundState::closed);
}

TEST_CASE("a --reopen that comes to its end in the middle of a kill switch does not outlast it") {
    FakeEvent event;
    REQUIRE(event.reset());
    ResetReport report;
    LentKeeper keeper(event.gate, [&](const std::string& call, int times) {
        if (call == "shut" && times == 2) REQUIRE(event.reopen());
    });
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> { return std::unique_ptr<Ledger>(event.another_ledger()); };
    REQUIRE(close_event(FakeEvent::wishes(), {keeper, open_ledger, event.world}, report));
    CHECK_FALSE(event.is_open());
    CHECK_FALSE(event.gate.memory->fields.untold);
    CHECK(event.last_round().state == RoundState::closed);
}

TEST_CASE("a kill switch that dies after any of its calls leaves the gate closed, and a second one ends it") {
    // It closes the gate, looks which one that was, and looks again once the ledger was told.
    for (int calls = 1; calls < 4; ++calls) {
        FakeEvent event;
        REQUIRE(event.reset());
        event.gate.meet_after(GateTrouble::silent, calls);
        CHECK(static_cast<bool>(event.close()) == (calls > 2));
        CHECK_FALSE(event.is_open());
        event.gate.meet(GateTrouble::none);
        CHECK(event.close());
        CHECK(event.last_round().state == RoundState::closed);
    }
}

TEST_CASE("the plan of a close names address, round and what is granted, asks the gate alone, and changes nothing") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    const auto before = event.gate.memory;
    auto wishes = FakeEvent::wishes();
    wishes.servers = {"redis://here", "kafka at there", "mysql://yonder"};
    ResetReport report;
    REQUIRE(plan_close(wishes, event.gate, event.world, report));
    REQUIRE(report.steps.size() == 2);
    CHECK(report.steps[0].name == "close gate");
    CHECK(report.steps[0].detail == "round 1, 1 of 100 granted, at redis://here");
    CHECK(report.steps[1].name == "close round");
    CHECK(report.steps[1].detail == "in mysql://yonder");
    CHECK(event.gate.memory == before);

    // The words in which it is then reported.
    ResetReport done;
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> { return std::unique_ptr<Ledger>(event.another_ledger()); };
    REQUIRE(close_event(wishes, {event.gate, open_ledger, event.world}, done));
    CHECK(done.steps[0].name == report.steps[0].name);
    CHECK(done.steps[0].detail == report.steps[0].detail);
    CHECK(done.steps[1].name == report.steps[1].name);
    CHECK(done.steps[1].detail == "round 1 is closed, in mysql://yonder");
}

TEST_SUITE_END();
