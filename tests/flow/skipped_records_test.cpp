#include "flow/fake_arming.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/skipped_records");

namespace {

/// Another program in the workers' group reads the topic and commits.
void skip_all(FakeEvent& event) {
    for (auto& partition : event.broker.partitions)
        partition.committed = partition.high;
}

std::vector<ClaimedSlot> rows(FakeEvent& event) {
    std::vector<ClaimedSlot> found;
    const auto coupons = event.ledger.coupons(Round(1), event.soon());
    for (const auto& coupon : *coupons)
        found.push_back({coupon.user, coupon.slot});
    return found;
}

} // namespace

TEST_CASE("a record that a stranger in the group read settles whose slot it is, and the gate is armed") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto told = event.grant_to(7);
    skip_all(event);
    forget(event, 7);
    REQUIRE(event.claim_for(99).slot == told.slot);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_MESSAGE(armed, armed.fault().text());
    CHECK(event.is_open());
    CHECK(rows(event) == std::vector{ClaimedSlot{UserId(7), told.slot}});
    CHECK(armed->voided == std::vector{VoidClaim{armed->epoch, told.slot, UserId(99), VoidReason::slot_taken}});
    CHECK(event.gate.memory->claims.at(UserId(7)).slot == told.slot);
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(99)));
}

TEST_CASE("of two skipped records of one slot one is issued and the other is a failed event") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto first = event.grant_to(4); // both in partition 0
    forget(event, 4);
    REQUIRE(event.grant_to(8).slot == first.slot);
    skip_all(event);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_MESSAGE(armed, armed.fault().text());
    CHECK(rows(event) == std::vector{ClaimedSlot{UserId(4), first.slot}});
    CHECK(event.ledger.failed_identities(event.soon())->size() == 1);
    CHECK(armed->voided == std::vector{VoidClaim{armed->epoch, first.slot, UserId(8), VoidReason::slot_taken}});
    CHECK(event.gate.memory->claims.size() == 1);
}

TEST_CASE("of two skipped records of one user one is issued, and the user keeps that slot") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(8);
    const auto first = event.grant_to(7);
    forget(event, 7);
    forget(event, 8);
    const auto again = event.grant_to(7);
    REQUIRE(again.slot != first.slot);
    skip_all(event);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_MESSAGE(armed, armed.fault().text());
    const auto claims = event.gate.memory->claims;
    REQUIRE(claims.contains(UserId(7)));
    REQUIRE(claims.contains(UserId(8)));
    CHECK(claims.at(UserId(7)).slot == first.slot);
    CHECK(claims.at(UserId(8)).slot == again.slot);
}

TEST_CASE("where nothing on the topic settles it the gate stays shut, and nothing is issued") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto grant = event.claim_for(7);
    give_again(event, grant.slot, 99);
    event.grant_to(8); // is on the topic, skipped as well, and contradicts nobody
    skip_all(event);
    event.gate.restart();
    const auto armed = arm_again(event);
    REQUIRE_FALSE(armed);
    CHECK(armed.fault().kind == FaultKind::corrupt);
    CHECK(rows(event).empty());
}

TEST_CASE("an account that may not issue, as that of coupon-reset, leaves the arming to a worker") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    skip_all(event);
    forget(event, 7);
    event.claim_for(99);
    event.gate.restart();
    event.ledger.on_issue = [&](const auto&) { event.ledger.meet(LedgerTrouble::denied, 1); };
    const auto armed = arm_again(event);
    REQUIRE_FALSE(armed);
    CHECK(armed.fault().kind == FaultKind::not_quiescent);
    CHECK(armed.fault().hint == "run coupon-consume, which issues them");
    CHECK_FALSE(event.is_open());
    event.ledger.on_issue = nullptr;
    CHECK(arm_again(event));
    CHECK(event.is_open());
    CHECK(rows(event).size() == 1);
}

TEST_CASE("a ledger that goes away while skipped records are issued leaves the gate shut, and the next arming finishes") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto told = event.grant_to(7);
    skip_all(event);
    forget(event, 7);
    event.claim_for(99);
    event.gate.restart();
    int healthy = 0;
    for (bool is_armed = false; !is_armed && healthy < 100; ++healthy) {
        event.ledger.meet_after(LedgerTrouble::unreachable, healthy);
        is_armed = static_cast<bool>(arm_again(event));
        event.ledger.meet(LedgerTrouble::none);
        CHECK((is_armed || !event.is_open()));
    }
    CHECK(healthy > 3);
    CHECK(rows(event) == std::vector{ClaimedSlot{UserId(7), told.slot}});
    CHECK(event.gate.memory->claims.size() == 1);
}

TEST_SUITE_END();
