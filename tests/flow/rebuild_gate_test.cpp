#include "flow/reset/rebuild_gate.hpp"

#include "fakes/lent_keeper.hpp"
#include "flow/fake_event.hpp"
#include "flow/worker/arming.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

TEST_SUITE_BEGIN("flow/rebuild_gate");

namespace {

/// Users 1 to 3 have their coupons, user 4's claim is pending.
struct BrokenEvent : FakeEvent {
    BrokenEvent() {
        REQUIRE(FakeEvent::reset(wishes(10)));
        for (std::int64_t user = 1; user <= 3; ++user)
            grant_to(user);
        work();
        claim_for(4);
        ledger.tables().reset_locks.clear();
    }

    Status rebuild() {
        report = {};
        auto status = rebuild_gate(wishes(10), ports(), report);
        ledger.tables().reset_locks.clear();
        return status;
    }

    [[nodiscard]] Slot slot_of(std::int64_t user) const {
        const auto claim = gate.memory->claims.find(UserId(user));
        return claim == gate.memory->claims.end() ? Slot(0) : claim->second.slot;
    }
};

} // namespace

TEST_CASE("a gate that contradicts itself is made again with every claim, whatever was done to it") {
    struct Row {
        const char* what;
        std::function<void(GateState&)> harm;
    };
    for (const auto& row : {
             Row{"a user's claim is gone", [](GateState& gate) { gate.claims.erase(UserId(2)); }},
             Row{"a pending claim is gone, its entry in the outbox is not", [](GateState& gate) { gate.claims.erase(UserId(4)); }},
             Row{"the outbox is gone", [](GateState& gate) { gate.outbox.clear(); }},
             Row{"granted is another number", [](GateState& gate) { gate.fields.granted = 2; }},
             Row{"published is another number", [](GateState& gate) { gate.fields.published = 0; }},
             Row{"the window is another one", [](GateState& gate) { gate.fields.window.closes_at = Instant(Milliseconds(1)); }},
             Row{"the limit is another number", [](GateState& gate) { gate.fields.limit = Limit(9); }},
             Row{"the free slots are others", [](GateState& gate) { gate.fields.free = *SlotRanges::parse("2-2"); }},
             Row{"a user's claim is gone, and the counters know it",
                 [](GateState& gate) {
                     gate.claims.erase(UserId(2));
                     --gate.fields.granted;
                     --gate.fields.published;
                 }},
         }) {
        CAPTURE(row.what);
        BrokenEvent event;
        const auto epoch = event.last_round().epoch;
        row.harm(*event.gate.memory);
        ResetReport planned;
        REQUIRE(plan_rebuild_gate(FakeEvent::wishes(10), event.ports(), planned));
        CHECK(planned.steps.front().status == "planned");
        const auto rebuilt = event.rebuild();
        REQUIRE_MESSAGE(rebuilt, rebuilt.fault().text());
        for (std::int64_t user = 1; user <= 4; ++user)
            CHECK(event.slot_of(user) == Slot(user));
        CHECK(event.gate.memory->fields.granted == 4);
        CHECK(event.is_open());
        CHECK(event.last_round().epoch > epoch);
        CHECK(event.report.warnings.empty());
        CHECK(event.report.outcome.find("4 of 10 granted") != std::string::npos);
        CHECK(event.claim_for(5).slot == Slot(5));
    }
}

TEST_CASE("a claim that only a record knows of is put back, whether or not a worker has read the record") {
    BrokenEvent event;
    event.grant_to(5);
    event.gate.memory->claims.erase(UserId(5));
    --event.gate.memory->fields.granted;
    --event.gate.memory->fields.published;
    REQUIRE(event.rebuild());
    CHECK(event.slot_of(5) == Slot(5));
}

TEST_CASE("a claim that a coupon speaks against is given up by name, and the ledger keeps it") {
    struct Row {
        const char* what;
        std::function<void(GateState&)> harm;
        const char* given_up;
    };
    for (const auto& row : {
             Row{"of a slot that has a coupon",
                 [](GateState& gate) {
                     gate.claims[UserId(99)] = {UserId(99), Slot(2), "stranger"};
                 },
                 "user 99's claim of slot 2"},
             Row{"of another slot than the coupon", [](GateState& gate) { gate.claims[UserId(2)].slot = Slot(7); },
                 "user 2's claim of slot 7"},
             Row{"moved from the user of the coupon to another one, counters right",
                 [](GateState& gate) {
                     gate.claims.erase(UserId(2));
                     gate.claims[UserId(99)] = {UserId(99), Slot(2), "stranger"};
                 },
                 "user 99's claim of slot 2"},
             Row{"of a slot that does not exist, counters right",
                 [](GateState& gate) {
                     gate.claims[UserId(99)] = {UserId(99), Slot(999), "stranger"};
                     ++gate.fields.granted;
                     ++gate.fields.published;
                 },
                 "user 99's claim of slot 999"},
         }) {
        CAPTURE(row.what);
        BrokenEvent event;
        row.harm(*event.gate.memory);
        const auto rebuilt = event.rebuild();
        REQUIRE_MESSAGE(rebuilt, rebuilt.fault().text());
        CHECK(event.slot_of(99) == Slot(0));
        CHECK(event.slot_of(2) == Slot(2));
        REQUIRE(event.report.warnings.size() == 1);
        CHECK(event.report.warnings.front().find(row.given_up) == 0);
        CHECK(event.ledger.tables().voided.at({"coupon", Round(1)}).size() == 1);
    }
}

TEST_CASE("a worker that arms the gate before the claims it held are back is not the last word") {
    BrokenEvent event;
    event.gate.memory->claims.erase(UserId(2));
    LentKeeper keeper(event.gate, [&](const std::string& call, int times) {
        if (call != "begin_arming" || times != 1) return;
        REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "worker", Milliseconds(1000)));
        CHECK(event.claim_for(7).slot == Slot(4)); // user 4's claim is known to nobody else
    });
    const ResetPorts ports{event.gate, keeper, event.admin, event.log, event.ledger, event.world};
    ResetReport report;
    REQUIRE(rebuild_gate(FakeEvent::wishes(10), ports, report));
    CHECK(event.slot_of(2) == Slot(2));
    CHECK(event.slot_of(7) == Slot(4));
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings.front().find("user 4's claim of slot 4") == 0);
    CHECK(event.is_open());
}

TEST_CASE("a gate that may not be discarded is left as it is") {
    struct Row {
        const char* what;
        std::function<void(BrokenEvent&)> prepare;
        FaultKind kind;
    };
    const auto harm = [](BrokenEvent& event) { event.gate.memory->claims.erase(UserId(2)); };
    for (const auto& row : {
             Row{"it does not contradict itself", [](BrokenEvent&) {}, FaultKind::refused},
             Row{"it is not where the ledger's gate is",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.gate.listed_at = "redis://other:6379/0";
                 },
                 FaultKind::usage},
             Row{"it is another ledger's",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.gate.memory->fields.key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
                 },
                 FaultKind::usage},
             Row{"it is of a round that the ledger lost",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.gate.memory->fields.round = Round(9);
                 },
                 FaultKind::usage},
             Row{"the ledger was not told of a close",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.gate.memory->fields.door = GateDoor::closed;
                     event.gate.memory->fields.untold = true;
                 },
                 FaultKind::refused},
             Row{"a reset is opening the round",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.ledger.tables().rounds.at({"coupon", Round(1)}).state = RoundState::opening;
                 },
                 FaultKind::refused},
             Row{"a reset is running",
                 [&](BrokenEvent& event) {
                     harm(event);
                     event.ledger.tables().reset_locks["coupon"] = &event;
                 },
                 FaultKind::already_running},
         }) {
        CAPTURE(row.what);
        BrokenEvent event;
        row.prepare(event);
        const auto before = event.gate.memory;
        ResetReport report;
        const auto status = rebuild_gate(FakeEvent::wishes(10), event.ports(), report);
        REQUIRE_FALSE(status);
        CHECK(status.fault().kind == row.kind);
        CHECK(event.gate.memory == before);
    }
}

TEST_CASE("a gate that went away when it was discarded is armed by the next run, or by a worker") {
    BrokenEvent event;
    event.gate.memory->claims.erase(UserId(2));
    event.gate.memory.reset();
    REQUIRE(event.rebuild());
    CHECK(event.slot_of(2) == Slot(2));
    CHECK(event.slot_of(4) == Slot(0));
    CHECK(event.is_open());
}

TEST_SUITE_END();
