#include "flow/fake_arming.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/arming");

namespace {

/// Arms a gate with a claim that a row contradicts, while gate or ledger goes away after so many calls. True where it did not come to that.
bool arms_a_void_claim(bool is_gate, int healthy) {
    CAPTURE(healthy);
    FakeEvent event;
    REQUIRE(event.reset());
    const auto lost = event.grant_to(7);
    event.work();
    forget(event, 7);
    REQUIRE(event.claim_for(99).slot == lost.slot);
    event.gate.restart();
    if (is_gate) event.gate.meet_after(GateTrouble::unreachable, healthy);
    if (!is_gate) event.ledger.meet_after(LedgerTrouble::unreachable, healthy);
    const bool done = static_cast<bool>(arm_again(event));
    event.gate.meet(GateTrouble::none);
    event.ledger.meet(LedgerTrouble::none);
    const auto kept = event.ledger.snapshot(Round(1), event.soon())->void_claims;
    if (!event.gate.memory->claims.contains(UserId(99))) CHECK(kept.size() == 1);
    if (done) return true;
    REQUIRE(arm_again(event));
    CHECK(event.is_open());
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(99)));
    CHECK_FALSE(event.ledger.snapshot(Round(1), event.soon())->void_claims.empty());
    return false;
}

} // namespace

TEST_CASE("a record speaks for its claim although another one that lay at its place is a failed event") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.broker.put(3, {std::nullopt, "garbage", {}});
    event.work();
    event.broker.create(4); // the broker came back without its data
    const auto grant = event.claim_for(7);
    REQUIRE(event.publish(grant) == SourcePosition{3, 0});
    event.gate.memory.reset();
    event.gate.restart();
    REQUIRE(arm_again(event));
    CHECK(event.gate.memory->claims.contains(UserId(7)));
}

TEST_CASE("after a restart that lost nothing the gate is armed in the next epoch, with every claim") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.claim_for(8);
    event.gate.restart();
    CHECK_FALSE(event.is_open());
    const auto armed = arm_again(event);
    REQUIRE(armed);
    CHECK(armed->epoch == Epoch(2));
    CHECK(armed->restored == 0);
    CHECK(event.is_open());
    CHECK(event.gate.memory->outbox.at(UserId(8)).epoch == Epoch(2));
    CHECK(event.last_round().epoch == Epoch(2));
}

TEST_CASE("a gate that lost everything gets back what ledger and topic know, and nobody gets their slots") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(3)));
    event.grant_to(7);
    event.work();      // issued
    event.grant_to(8); // only on the topic
    event.gate.memory.reset();
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE(armed);
    CHECK(armed->restored == 2);
    CHECK(event.gate.memory->claims.at(UserId(7)).slot == Slot(1));
    CHECK(event.gate.memory->claims.at(UserId(8)).slot == Slot(2));
    CHECK(event.gate.memory->fields.limit == Limit(3));
    CHECK(event.claim_for(9).slot == Slot(3));
}

TEST_CASE("a claim that only the gate knew is free again, and its late record is fenced") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(2)));
    const auto lost = event.claim_for(7);
    event.grant_to(8);
    event.gate.memory.reset();
    event.gate.restart();
    REQUIRE(arm_again(event));
    CHECK(event.gate.memory->fields.free.text() == "1-1");
    const auto again = event.claim_for(9);
    CHECK(again.slot == Slot(1));
    CHECK(again.epoch == Epoch(2));
    event.publish(lost);
    event.publish(again);
    int fenced = 0;
    for (const auto& outcome : event.work())
        fenced += outcome.becomes == RecordClass::fenced ? 1 : 0;
    CHECK(fenced == 1);
    CHECK(event.rows_of(1) == 2);
}

TEST_CASE("a claim that was lost from the middle is put back in its slot") {
    FakeEvent event;
    REQUIRE(event.reset());
    for (const auto user : {7, 8, 9})
        event.grant_to(user);
    event.work();
    forget(event, 8);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE(armed);
    CHECK(armed->restored == 1);
    CHECK(event.gate.memory->claims.at(UserId(8)).slot == Slot(2));
    CHECK(event.gate.memory->claims.at(UserId(8)).application == restored_application);
    CHECK(event.gate.memory->fields.free.empty());
}

TEST_CASE("two users of one slot keep the gate shut until the topic is issued, then the row wins and the claim against it is void") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto lost = event.grant_to(7); // on the topic
    forget(event, 7);                    // and then the gate went back
    const auto second = event.claim_for(99);
    REQUIRE(second.slot == lost.slot);
    event.gate.restart();
    const auto waits = arm_again(event);
    REQUIRE_FALSE(waits);
    CHECK(waits.fault().kind == FaultKind::not_quiescent);
    CHECK(waits.fault().message.find("99") != std::string::npos);
    CHECK_FALSE(event.is_open());
    CHECK(event.gate.memory->claims.contains(UserId(99)));

    event.work();
    const auto armed = arm_again(event);
    REQUIRE_MESSAGE(armed, armed.fault().text());
    CHECK(event.is_open());
    const VoidClaim expected{armed->epoch, lost.slot, UserId(99), VoidReason::slot_taken};
    CHECK(armed->voided == std::vector{expected});
    CHECK(event.ledger.snapshot(Round(1), event.soon())->void_claims == std::vector{expected});
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(99)));
    CHECK_FALSE(event.gate.memory->outbox.contains(UserId(99)));
    CHECK(event.gate.memory->claims.at(UserId(7)).slot == lost.slot);
    CHECK(event.claim_for(99).slot == Slot(2)); // who lost may apply again
}

TEST_CASE("a user whose row has another slot keeps the row, and the other claim is void") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(8);
    const auto first = event.grant_to(7);
    event.work();
    forget(event, 7);
    forget(event, 8);
    const auto again = event.claim_for(7); // the slot of user 8 by now
    REQUIRE(again.slot != first.slot);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_MESSAGE(armed, armed.fault().text());
    CHECK(armed->voided == std::vector{VoidClaim{armed->epoch, again.slot, UserId(7), VoidReason::other_slot}});
    CHECK(event.gate.memory->claims.at(UserId(7)).slot == first.slot);
    CHECK(event.gate.memory->claims.at(UserId(8)).slot == again.slot);
}

TEST_CASE("a row that was given to somebody else wins over claim and record of its user") {
    for (const bool is_forgotten : {false, true}) {
        CAPTURE(is_forgotten);
        FakeEvent event;
        REQUIRE(event.reset());
        const auto grant = event.grant_to(7);
        event.work();
        event.ledger.tables().coupons.begin()->second.at(grant.slot).user = UserId(99);
        if (is_forgotten) forget(event, 7);
        event.gate.restart();
        const auto armed = arm_again(event);
        REQUIRE_MESSAGE(armed, armed.fault().text());
        CHECK(armed->voided == std::vector{VoidClaim{armed->epoch, grant.slot, UserId(7), VoidReason::slot_taken}});
        CHECK(event.is_open());
        CHECK(event.gate.memory->claims.size() == 1);
        CHECK(event.gate.memory->claims.at(UserId(99)).slot == grant.slot);
    }
}

TEST_CASE("two claims of one slot of which neither has a row keep the gate shut, and both are named") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto grant = event.claim_for(7);
    give_again(event, grant.slot, 99);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_FALSE(armed);
    CHECK(armed.fault().kind == FaultKind::corrupt);
    CHECK(armed.fault().message.find("99") != std::string::npos);
    CHECK_FALSE(event.is_open());
}

TEST_CASE("a void claim is in the ledger before the gate drops it, and a server that goes away in between loses nothing") {
    for (const bool is_gate : {true, false}) {
        CAPTURE(is_gate);
        int calls_until_done = 0;
        while (!arms_a_void_claim(is_gate, calls_until_done))
            ++calls_until_done;
        CHECK(calls_until_done > 3);
    }
}

TEST_CASE("where gate and ledger both lost an arming, what its fence fenced is fenced again, and the records of its epoch count") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto late = event.claim_for(7); // the gate loses it, and its record arrives after the fence
    const auto copy = event.gate.memory;
    event.gate.memory.reset();
    event.gate.restart();
    REQUIRE(arm_again(event));
    const auto winner = event.grant_to(8);
    REQUIRE(winner.slot == late.slot);
    REQUIRE(winner.epoch == Epoch(2));
    event.publish(late);
    event.gate.memory = copy; // both fall back
    event.gate.restart();
    auto& tables = event.ledger.tables();
    tables.rounds.rbegin()->second.epoch = Epoch(1);
    tables.fences.clear();
    const auto armed = coupon::arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "token-of-arming",
                                         Milliseconds(5000), {GateMove::refused, Epoch(2)});
    REQUIRE_MESSAGE(armed, armed.fault().text());
    CHECK(armed->epoch == Epoch(3));
    CHECK(event.gate.memory->claims.at(UserId(8)).slot == winner.slot);
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(7)));
    event.work();
    CHECK(event.rows_of(1) == 1);
    CHECK(event.ledger.tables().coupons.begin()->second.at(winner.slot).user == UserId(8));
}

TEST_CASE("a forged record that is a failed event already does not keep the gate shut") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto grant = event.grant_to(7);
    auto forged = grant;
    forged.user = UserId(99);
    event.work();
    event.publish(forged);
    event.work();
    event.gate.restart();
    REQUIRE(arm_again(event));
    CHECK(event.is_open());
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(99)));
}

TEST_CASE("arming never opens: where the ledger says closed, the gate is closed afterwards") {
    FakeEvent event;
    REQUIRE(event.reset());
    REQUIRE(event.ledger.close_round(Round(1), "kill switch", event.soon())); // died before it closed the gate
    event.gate.restart();
    REQUIRE(arm_again(event));
    CHECK(event.gate.memory->fields.door == GateDoor::closed);
    CHECK(is_armed(event.gate.memory->fields, event.gate.server));
}

TEST_CASE("a round that is opening or abandoned is not armed") {
    for (const auto state : {RoundState::opening, RoundState::abandoned}) {
        FakeEvent event;
        REQUIRE(event.reset());
        event.ledger.tables().rounds.begin()->second.state = state;
        event.gate.memory.reset();
        event.gate.restart();
        const auto armed = arm_again(event);
        REQUIRE_FALSE(armed);
        CHECK(armed.fault().kind == FaultKind::refused);
        CHECK_FALSE(event.gate.memory);
    }
}

TEST_CASE("an armed gate is left alone") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto before = event.gate.memory;
    const auto armed = arm_again(event);
    REQUIRE_FALSE(armed);
    CHECK(armed.fault().kind == FaultKind::conflict);
    CHECK(event.gate.memory == before);
}

TEST_CASE("arming that dies at any call leaves the gate shut, and the next one finishes") {
    for (int call = 0;; ++call) {
        REQUIRE(call < 50);
        FakeEvent event;
        REQUIRE(event.reset());
        event.grant_to(7);
        event.claim_for(8);
        event.gate.memory.reset();
        event.gate.restart();
        event.gate.meet_after(GateTrouble::unreachable, call);
        const bool done = static_cast<bool>(arm_again(event));
        event.gate.meet(GateTrouble::none);
        CAPTURE(call);
        CHECK(event.is_open() == done);
        if (done) break;
        REQUIRE(arm_again(event));
        CHECK(event.is_open());
        CHECK(event.gate.memory->claims.contains(UserId(7)));
    }
}

TEST_SUITE_END();
