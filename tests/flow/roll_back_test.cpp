#include "flow/fake_arming.hpp"
#include "flow/fake_redrive.hpp"
#include "flow/fake_worker.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/roll_back");

namespace {

constexpr Milliseconds a_few_looks{1500};

/// The users' coupons are in the ledger, and the other half of the worker was told.
void issue(Redrive& redrive, const std::vector<Grant>& grants) {
    redrive.event.work();
    std::vector<SourceRecord> batch;
    for (const auto& grant : grants)
        batch.push_back({{0, 0}, encode(redrive.event.record(grant))});
    redrive.issued_lately.add(std::move(batch));
}

} // namespace

TEST_CASE("a gate with fewer claims than the ledger has coupons went back, and is armed again with all of them") {
    Redrive redrive;
    const auto before = redrive.event.gate.memory;
    redrive.event.grant_to(7);
    redrive.event.grant_to(8);
    redrive.event.work();
    redrive.event.gate.memory = before; // the server goes on
    redrive.run_for(a_few_looks);
    CHECK(redrive.event.journal.count("error: the gate went back in time") == 1);
    CHECK(redrive.event.is_open());
    CHECK(redrive.event.gate.memory->fields.epoch == Epoch(2));
    CHECK(redrive.event.gate.memory->claims.at(UserId(7)).slot == Slot(1));
    CHECK(redrive.event.gate.memory->claims.at(UserId(8)).slot == Slot(2));
}

TEST_CASE("a claim that was removed and whose slot was freed by hand is missed as soon as its coupon is written") {
    Redrive redrive;
    const std::vector grants{redrive.event.grant_to(7), redrive.event.grant_to(8)};
    forget(redrive.event, 7);
    redrive.event.gate.memory->fields.free = SlotRanges::holes_in({Slot(2)});
    redrive.event.claim_for(9); // as many claims as before
    issue(redrive, grants);
    redrive.run_for(a_few_looks);
    CHECK(redrive.event.journal.count("user 7 has the coupon of slot 1, and no claim") == 1);
    CHECK(redrive.event.is_open());
    CHECK(redrive.event.gate.memory->claims.at(UserId(7)).slot == Slot(1));
    CHECK_FALSE(redrive.event.gate.memory->claims.contains(UserId(9)));
    CHECK(redrive.event.journal.count("error: void: user 9's claim of slot 1: another user has the coupon of the slot") == 1);
}

TEST_CASE("a gate that goes back between two looks shows by its own numbers, before any coupon is written") {
    Redrive redrive;
    const auto lost = redrive.event.grant_to(7);
    int pauses = 0;
    redrive.on_pause = [&] {
        if (++pauses == 2) forget(redrive.event, 7);
    };
    redrive.run_for(a_few_looks);
    CHECK(redrive.event.journal.count("it holds 0 claims and held 1 before") == 1);
    CHECK(redrive.event.is_open());
    CHECK(redrive.event.gate.memory->claims.at(UserId(7)).slot == lost.slot); // its record is on the topic
}

TEST_CASE("what a fault kept a worker from comparing is compared at its next look") {
    Redrive redrive;
    auto& event = redrive.event;
    issue(redrive, {event.grant_to(7), event.grant_to(8)});
    RollBackWatch watch(redrive.issued_lately, event.world, event.journal);
    REQUIRE(watch.look_at_ledger(event.ledger, event.last_round(), a_few_looks));
    forget(event, 8);
    event.claim_for(9); // so that the counts agree
    ++event.gate.memory->fields.published;
    event.gate.memory->outbox.clear();
    const auto fields = event.gate.memory->fields;
    event.gate.meet(GateTrouble::unreachable);
    CHECK_FALSE(watch.look_at_gate(fields, event.last_round(), event.gate, event.gate, a_few_looks));
    event.gate.meet(GateTrouble::none);
    REQUIRE(watch.look_at_ledger(event.ledger, event.last_round(), a_few_looks));
    const auto went_back = watch.look_at_gate(fields, event.last_round(), event.gate, event.gate, a_few_looks);
    REQUIRE(went_back);
    CHECK(*went_back);
}

TEST_CASE("a gate that was seen to go back loses its arms as soon as it can be asked, whatever it shows by then, and is told once") {
    Redrive redrive;
    auto& event = redrive.event;
    event.grant_to(7);
    event.grant_to(8);
    event.work();
    forget(event, 8);
    RollBackWatch watch(redrive.issued_lately, event.world, event.journal);
    LentKeeper away(event.gate, [&](const std::string&, int) { event.gate.meet(GateTrouble::unreachable); });
    REQUIRE(watch.look_at_ledger(event.ledger, event.last_round(), a_few_looks));
    CHECK_FALSE(watch.look_at_gate(event.gate.memory->fields, event.last_round(), event.gate, away, a_few_looks));
    event.gate.meet(GateTrouble::none);
    CHECK(event.is_open());
    event.grant_to(10); // the counts agree again
    REQUIRE(watch.look_at_ledger(event.ledger, event.last_round(), a_few_looks));
    const auto went_back = watch.look_at_gate(event.gate.memory->fields, event.last_round(), event.gate, event.gate, a_few_looks);
    REQUIRE(went_back);
    CHECK(*went_back);
    CHECK_FALSE(event.is_open());
    CHECK(event.journal.count("the gate went back in time") == 1);
}

TEST_CASE("a record of the gate's own epoch that loses its slot shows that the gate went back; one of an older epoch does not") {
    for (const bool is_current : {true, false}) {
        CAPTURE(is_current);
        Redrive redrive;
        redrive.event.grant_to(7);
        const auto loser = Grant{Round(1), Epoch(1), Slot(1), UserId(9), {}};
        if (!is_current) {
            redrive.event.gate.restart();
            redrive.run_for(a_few_looks);
            REQUIRE(redrive.event.gate.memory->fields.epoch == Epoch(2));
        }
        redrive.issued_lately.lost_its_slot({{0, 1}, encode(redrive.event.record(loser))});
        redrive.run_for(a_few_looks);
        CHECK(redrive.event.journal.count("error: the gate went back in time") == (is_current ? 1 : 0));
        CHECK(redrive.event.is_open());
    }
}

TEST_CASE("a worker without partition 0 takes the arms away from a gate that went back, and leaves arming to the other") {
    Redrive redrive;
    redrive.holds_first = false;
    const auto before = redrive.event.gate.memory;
    redrive.event.grant_to(7);
    redrive.event.work();
    redrive.event.gate.memory = before;
    redrive.run_for(a_few_looks);
    CHECK(redrive.event.journal.count("error: the gate went back in time") == 1);
    CHECK_FALSE(redrive.event.is_open());
    CHECK_FALSE(is_armed(redrive.event.gate.memory->fields, redrive.event.gate.server));
}

TEST_CASE("nothing is taken for a gate that went back while users apply, coupons are written and the gate is armed again") {
    Redrive redrive;
    std::int64_t user = 0;
    redrive.on_pause = [&] {
        if (user >= 10) return;
        const auto grant = redrive.event.grant_to(++user);
        issue(redrive, {grant});
        if (user == 5) redrive.event.gate.restart();
    };
    redrive.run_for(Milliseconds(6000));
    CHECK(redrive.event.journal.count("went back") == 0);
    CHECK(redrive.event.rows_of(1) == 10);
}

TEST_CASE("a batch with a record above the ledger's epoch is held: nothing is written or committed until the ledger is above it") {
    Worker worker;
    worker.event.grant_to(4); // the same partition, before
    worker.event.ledger.watch_epochs(std::make_shared<EpochMemory>());
    auto ahead = worker.event.claim_for(8);
    ahead.epoch = Epoch(2);
    worker.event.publish(ahead);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) == 0);
    CHECK(worker.event.ledger.failed(worker.event.soon())->empty());
    CHECK(worker.committed() == 0);
    CHECK(worker.event.journal.count("round 1 was in epoch 2, and the ledger says 1: the ledger lost an arming") == 1);
    worker.event.ledger.tables().rounds.begin()->second.epoch = Epoch(3);
    REQUIRE(worker.run_for(Milliseconds(3000)));
    CHECK(worker.event.rows_of(1) == 2);
    CHECK(worker.committed() == 2);
}

TEST_CASE("a forged record of an epoch that never was holds nothing up") {
    Worker worker;
    auto forged = Grant{Round(1), Epoch(99), Slot(3), UserId(8), {}};
    worker.event.broker.put(0, encode(IssueRecord{"coupon", forged}));
    worker.event.grant_to(4);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) == 1);
    CHECK(worker.event.ledger.failed(worker.event.soon())->size() == 1);
    CHECK(worker.committed() == 2);
}

TEST_CASE("a worker that once saw a higher epoch than the row's issues nothing until the gate is armed above it") {
    Worker worker;
    const auto epochs = std::make_shared<EpochMemory>();
    worker.event.ledger.watch_epochs(epochs);
    epochs->meet(Round(1), Epoch(2));
    worker.event.grant_to(4);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) == 0);
    worker.event.ledger.tables().rounds.begin()->second.epoch = Epoch(3);
    REQUIRE(worker.run_for(Milliseconds(3000)));
    CHECK(worker.event.rows_of(1) == 1);
}

TEST_CASE("a gate and a row that are both behind an epoch that was met are armed above it, by whichever worker met it") {
    for (const bool holds_first : {true, false}) {
        CAPTURE(holds_first);
        Redrive redrive;
        redrive.holds_first = holds_first;
        redrive.epochs.meet(Round(1), Epoch(4));
        redrive.run_for(a_few_looks);
        CHECK(redrive.event.gate.memory->fields.epoch == Epoch(5));
        CHECK(redrive.event.last_round().epoch == Epoch(5));
        CHECK(redrive.event.is_open());
    }
}

TEST_CASE("a claim that is republished in the gate's own epoch and still has no coupon is told as a fault") {
    Redrive redrive;
    redrive.event.grant_to(7);
    redrive.event.work();
    redrive.event.ledger.tables().coupons.clear(); // the row is lost
    redrive.on_pause = [&] {
        for (auto& partition : redrive.event.broker.partitions)
            partition.committed = partition.high;
    };
    redrive.run_for(Milliseconds(6000));
    CHECK(redrive.event.journal.count("error: 1 claim was republished in the gate's own epoch and still without a coupon: user 7") >= 1);
}
