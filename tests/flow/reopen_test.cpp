#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/reopen");

TEST_CASE("reopening opens ledger and gate, and both keep every claim") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    REQUIRE(event.close());
    REQUIRE(event.reopen());
    CHECK(event.is_open());
    CHECK(event.last_round().state == RoundState::open);
    CHECK(event.gate.memory->claims.size() == 1);
    CHECK(event.report.round == Round(1));
    CHECK(event.report.outcome == "event coupon is open: round 1, 1 of 100 granted");
}

TEST_CASE("reopening makes a topic again that is gone, with the partitions that the ledger knows of, and nothing else changes") {
    for (const int partitions : {2, 4, 6}) {
        FakeEvent event;
        event.broker.partitions.clear();
        auto wishes = FakeEvent::wishes();
        wishes.partitions = partitions;
        REQUIRE(event.reset(wishes));
        event.grant_to(4);
        event.work();
        REQUIRE(event.reset()); // which stores how far the topic is purged
        event.grant_to(4);
        event.broker.partitions.clear();
        REQUIRE(event.reopen());
        CHECK(event.broker.partitions.size() == static_cast<std::size_t>(partitions));
        CHECK(event.report.steps.front().name == "make topic");
        CHECK(event.is_open());
        CHECK(event.gate.memory->claims.size() == 1);
        REQUIRE(event.reopen());
        CHECK(event.report.steps.front().name != "make topic");
    }
}

TEST_CASE("reopening makes a topic with as many partitions as the operator says") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.broker.partitions.clear();
    auto wishes = FakeEvent::wishes();
    wishes.partitions = 9;
    REQUIRE(reopen_event(wishes, event.ports(), event.report));
    CHECK(event.broker.partitions.size() == 9);
}

TEST_CASE("a topic that cannot be made keeps the round as it is") {
    FakeEvent event;
    REQUIRE(event.reset());
    REQUIRE(event.close());
    event.broker.partitions.clear();
    event.broker.broker = BrokerTrouble::another_cluster;
    CHECK_FALSE(event.reopen());
    CHECK(event.last_round().state == RoundState::closed);
    CHECK_FALSE(event.is_open());
}

TEST_CASE("reopening arms a gate that was left closed and not armed, and one that is gone") {
    for (const bool is_gone : {false, true}) {
        FakeEvent event;
        REQUIRE(event.reset());
        REQUIRE(event.close());
        if (is_gone) event.gate.memory.reset();
        event.gate.restart();
        REQUIRE(event.reopen());
        CHECK(event.is_open());
        CHECK(event.last_round().state == RoundState::open);
    }
}

TEST_CASE("reopening tells the ledger of a close that it was not told") {
    FakeEvent event;
    REQUIRE(event.reset());
    CHECK_FALSE(event.close(LedgerTrouble::unreachable));
    REQUIRE(event.gate.memory->fields.untold);
    REQUIRE(event.reopen());
    CHECK(event.is_open());
    CHECK_FALSE(event.gate.memory->fields.untold);
    CHECK(event.last_round().state == RoundState::open);
    CHECK(event.report.steps.front().name == "tell ledger");
}

TEST_CASE("what is closed while it is being reopened stays closed") {
    FakeEvent event;
    REQUIRE(event.reset());
    REQUIRE(event.close());
    int calls = 0;
    for (bool was_refused = true; was_refused; ++calls) {
        REQUIRE(calls < 50);
        // A reopen that dies after any call to the ledger, then the kill switch.
        event.ledger.meet_after(LedgerTrouble::unreachable, calls);
        was_refused = !event.reopen();
        event.ledger.meet(LedgerTrouble::none, 0);
        event.ledger.tables().reset_locks.clear();
        REQUIRE(event.close());
        CHECK_FALSE(event.is_open());
        CHECK(event.last_round().state == RoundState::closed);
    }
    CHECK(calls > 2);
}

TEST_CASE("a round whose window is over is reopened with a later end alone, which ledger and gate then have") {
    FakeEvent event;
    auto wishes = FakeEvent::wishes();
    wishes.window.closes_at = event.gate.now + Milliseconds(1000);
    REQUIRE(event.reset(wishes));
    event.gate.now += Milliseconds(2000);
    REQUIRE(event.close());
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    const auto refused = event.reopen();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
    ResetReport report;
    CHECK_FALSE(plan_reopen(FakeEvent::wishes(), event.ports(), report));

    const auto later = event.gate.now + Milliseconds(5000);
    for (const bool is_gone : {false, true}) {
        if (is_gone) event.gate.memory.reset();
        REQUIRE(event.reopen(later));
        CHECK(event.is_open());
        CHECK(event.last_round().window.closes_at == later);
        CHECK(event.gate.memory->fields.window.closes_at == later);
        REQUIRE(event.close());
    }
    REQUIRE(event.reopen());
    CHECK(event.gate.memory->fields.window.closes_at == later);
}

TEST_CASE("the plan of a reopen names address, round and what is granted, and changes nothing") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    CHECK_FALSE(event.close(LedgerTrouble::unreachable));
    event.gate.restart();
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    auto wishes = FakeEvent::wishes();
    wishes.servers = {"redis://here", "kafka at there", "mysql://yonder"};
    ResetReport report;
    REQUIRE(plan_reopen(wishes, event.ports(), report));
    std::string plan;
    for (const auto& step : report.steps)
        plan += step.status + " " + step.name + ": " + step.detail + "\n";
    CHECK(plan == "planned tell ledger: of the close\nplanned arm gate: \n"
                  "planned reopen round: round 1, 1 of 100 granted, in mysql://yonder\nplanned open gate: at redis://here\n");
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
}

TEST_SUITE_END();
