#include "fakes/lent_keeper.hpp"
#include "fakes/lent_reader.hpp"
#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("flow/reopen_move");

namespace {

constexpr auto old_address = "redis://fake:6379/0";
constexpr auto new_address = "redis://new:6379/0";

/// An event whose round is open at the old address, and an empty Redis at the new one.
struct MovingEvent {
    MovingEvent() {
        REQUIRE(event.reset());
        event.grant_to(7);
        there.listed_at = new_address;
        there.server = {"run-new", "replication-new", 0};
        there.now = event.gate.now;
    }

    Status move(const ResetSettings& settings = FakeEvent::wishes()) {
        report = {};
        event.ledger.tables().reset_locks.clear();
        return reopen_event(settings, ports(), report);
    }

    ResetPorts ports() {
        ResetPorts ports{there, there, event.admin, event.log, event.ledger, event.world};
        ports.open_elsewhere = [this](const std::string& address) -> Result<OtherGate> {
            CHECK(address == old_address);
            if (!can_reach_old) return Fault{FaultKind::unreachable, "cannot reach " + address, "is it up?"};
            return OtherGate{std::make_unique<LentReader>(event.gate), std::make_unique<LentKeeper>(event.gate)};
        };
        return ports;
    }

    [[nodiscard]] bool is_open_there() const {
        return there.memory && there.memory->fields.door == GateDoor::open && is_armed(there.memory->fields, there.server);
    }

    FakeEvent event;
    FakeGate there;
    bool can_reach_old = true;
    ResetReport report;
};

} // namespace

TEST_CASE("reopening at a new address closes the old gate first, and opens the new one with every claim") {
    MovingEvent moving;
    ResetReport planned;
    REQUIRE(plan_reopen(FakeEvent::wishes(), moving.ports(), planned));
    CHECK(planned.steps.front().name == "close old gate");
    CHECK(planned.steps.front().detail == std::string("at ") + old_address);
    CHECK(moving.event.is_open());

    REQUIRE(moving.move());
    CHECK(moving.report.steps.front().name == "close old gate");
    CHECK(moving.report.steps.front().status == "done");
    CHECK(moving.report.warnings.empty());
    CHECK(moving.event.gate.memory->fields.door == GateDoor::closed);
    // A worker that still runs there must not take this for a kill switch.
    CHECK_FALSE(moving.event.gate.memory->fields.untold);
    CHECK(moving.is_open_there());
    CHECK(moving.there.memory->claims.contains(UserId(7)));
    CHECK(moving.event.last_round().state == RoundState::open);
    CHECK(moving.event.last_round().home.addresses == std::vector<std::string>{new_address});
    CHECK(moving.event.last_round().epoch > Epoch(1));
}

TEST_CASE("an old gate that cannot be reached is named, with what may come of it") {
    MovingEvent moving;
    moving.can_reach_old = false;
    REQUIRE(moving.move());
    REQUIRE(moving.report.warnings.size() == 1);
    CHECK(moving.report.warnings.front() == std::string("the gate at ") + old_address + " could not be closed and settled: cannot reach " +
                                                old_address + "; users who are told there that they are granted may lose their coupon");
    CHECK(moving.report.steps.front().status == "failed");
    CHECK(moving.is_open_there());
}

TEST_CASE("claims at the old gate that are on their way are waited for before the new gate is armed") {
    MovingEvent moving;
    const auto grant = moving.event.claim_for(42);
    SUBCASE("and are there when they are published meanwhile") {
        moving.event.world.on_pause = [&] {
            moving.event.publish(grant);
            moving.event.confirm(grant);
        };
        REQUIRE(moving.move());
        CHECK(moving.report.warnings.empty());
        CHECK(moving.there.memory->claims.contains(UserId(42)));
    }
    SUBCASE("and are named when they are not") {
        REQUIRE(moving.move());
        REQUIRE(moving.report.warnings.size() == 1);
        CHECK(moving.report.warnings.front().find("1 of its claims are not published") != std::string::npos);
        CHECK_FALSE(moving.there.memory->claims.contains(UserId(42)));
    }
}

TEST_CASE("a gate that moves back is armed above the epoch it remembers") {
    MovingEvent moving;
    REQUIRE(moving.move());
    const auto epoch = moving.event.last_round().epoch;
    moving.event.ledger.tables().reset_locks.clear();
    auto ports = moving.event.ports();
    ports.open_elsewhere = [&](const std::string& address) -> Result<OtherGate> {
        CHECK(address == new_address);
        return OtherGate{std::make_unique<LentReader>(moving.there), std::make_unique<LentKeeper>(moving.there)};
    };
    ResetReport report;
    REQUIRE(reopen_event(FakeEvent::wishes(), ports, report));
    CHECK(moving.event.is_open());
    CHECK_FALSE(moving.is_open_there());
    CHECK(moving.event.last_round().epoch > epoch);
    CHECK(moving.event.gate.memory->fields.epoch == moving.event.last_round().epoch);
    CHECK(moving.event.last_round().home.addresses == std::vector<std::string>{old_address});
}

TEST_CASE("the gate of another ledger is not reopened") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.memory->fields.key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    REQUIRE(event.gate.shut({}, "t", event.soon()));
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    const auto refused = event.reopen();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::usage);
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
}

TEST_CASE("addresses that the operator names are listed next to the gate's own") {
    FakeEvent event;
    auto wishes = FakeEvent::wishes();
    wishes.gate_addresses = {new_address, old_address, new_address};
    REQUIRE(event.reset(wishes));
    CHECK(event.last_round().home.addresses == std::vector<std::string>{old_address, new_address});
    REQUIRE(event.reset());
    CHECK(event.last_round().home.addresses == std::vector<std::string>{old_address});
    REQUIRE(event.close());
    event.ledger.tables().reset_locks.clear();
    ResetReport report;
    REQUIRE(reopen_event(wishes, event.ports(), report));
    CHECK(event.last_round().home.addresses == std::vector<std::string>{old_address, new_address});
    CHECK(event.is_open());
}

TEST_SUITE_END();
