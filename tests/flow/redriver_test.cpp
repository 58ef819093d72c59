#include "flow/worker/redriver.hpp"

#include "flow/fake_redrive.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/redriver");

TEST_CASE("a claim that stayed pending longer than the grace is republished, identically, and confirmed") {
    Redrive redrive;
    const auto grant = redrive.event.claim_for(8);
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.records() == 0); // younger than the grace
    redrive.run_for(Milliseconds(12'000));
    CHECK(redrive.redriven == 1);
    REQUIRE(redrive.records() == 1);
    CHECK(redrive.event.broker.partitions[0].records.begin()->second == encode(redrive.event.record(grant)));
    CHECK(redrive.event.gate.memory->outbox.empty());
}

TEST_CASE("a worker without partition 0 neither arms nor publishes") {
    Redrive redrive;
    redrive.holds_first = false;
    redrive.event.claim_for(8);
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(12'000));
    CHECK(redrive.records() == 0);
    CHECK_FALSE(redrive.event.is_open());
}

TEST_CASE("a confirmed claim whose record the topic lost is republished once the topic is read to its end") {
    Redrive redrive;
    redrive.event.grant_to(8);
    redrive.event.broker.partitions[0].records.clear(); // retention, or a disk
    redrive.event.broker.put(0, {std::nullopt, "of somebody else", {}});
    redrive.run_for(Milliseconds(6000));
    CHECK(redrive.records() == 1); // the group has not read to the end yet
    redrive.event.broker.partitions[0].committed = redrive.event.broker.partitions[0].high;
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.records() == 2);
    redrive.event.work();
    CHECK(redrive.event.rows_of(1) == 1);
    redrive.run_for(Milliseconds(12'000));
    CHECK(redrive.redriven == 0);
}

TEST_CASE("the end of a transaction that no worker has read over does not hold the redrive back") {
    Redrive redrive;
    redrive.event.grant_to(8);
    redrive.event.broker.partitions[0].records.clear();
    redrive.event.broker.put_gap(0);
    redrive.run_for(Milliseconds(6000));
    CHECK(redrive.records() == 1);
}

TEST_CASE("a claim whose record is a failed event is not republished and again") {
    Redrive redrive;
    const auto grant = redrive.event.grant_to(8);
    redrive.event.ledger.tables().coupons[{"coupon", Round(1)}][grant.slot] = {{grant.slot, UserId(99)}, Instant{}, Instant{}};
    redrive.event.work();
    REQUIRE(redrive.event.ledger.tables().failed.size() == 1);
    redrive.event.grant_to(12); // so that claims and rows differ in number
    redrive.event.work();
    redrive.event.ledger.tables().coupons[{"coupon", Round(1)}].erase(grant.slot);
    const auto before = redrive.records();
    redrive.run_for(Milliseconds(12'000));
    CHECK(redrive.records() == before);
}

TEST_CASE("a gate that lost something is armed again within a second, whatever the redrive interval is") {
    Redrive redrive;
    redrive.event.grant_to(7);
    redrive.settings.redrive_interval = std::chrono::hours(1);
    redrive.event.gate.memory.reset();
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.is_open());
    CHECK(redrive.event.gate.memory->claims.contains(UserId(7)));
    CHECK(redrive.event.journal.count("armed again") == 1);
    CHECK(redrive.event.journal.count("stays closed") == 0);
}

TEST_CASE("a gate that forgot that it was opened is armed, stays closed, and the worker says who opens it") {
    Redrive redrive;
    redrive.event.gate.memory->fields.door = GateDoor::closed;
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.gate.memory->fields.door == GateDoor::closed);
    CHECK(redrive.event.journal.count("coupon-reset --reopen --yes opens it") == 1);
}

TEST_CASE("a gate that was closed by the kill switch is armed without a warning") {
    Redrive redrive;
    redrive.event.gate.memory->fields.door = GateDoor::closed;
    REQUIRE(redrive.event.ledger.close_round(Round(1), "operator", redrive.event.world.now() + Milliseconds(100)));
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.journal.count("the gate is armed again") == 1);
    CHECK(redrive.event.journal.count("stays closed") == 0);
}

TEST_CASE("a close that only the gate knows of is told to the ledger by any worker, and marked as told") {
    for (const bool holds_first : {true, false}) {
        Redrive redrive;
        redrive.holds_first = holds_first;
        REQUIRE(redrive.event.gate.shut({}, "operator", redrive.event.soon()));
        redrive.run_for(Milliseconds(1000));
        const auto& gate = redrive.event.gate.memory->fields;
        CHECK(redrive.event.last_round().state == RoundState::closed);
        CHECK(gate.door == GateDoor::closed);
        CHECK_FALSE(gate.untold);
        CHECK(gate.token != "operator");
        CHECK(redrive.event.journal.count("the ledger is told") == 1);
    }
}

TEST_CASE("a close that only the gate knows of survives a restart, and is told before the gate is armed") {
    Redrive redrive;
    redrive.event.grant_to(7);
    REQUIRE(redrive.event.gate.shut({}, "operator", redrive.event.soon()));
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.last_round().state == RoundState::closed);
    CHECK(redrive.event.gate.memory->fields.door == GateDoor::closed);
    CHECK(redrive.event.journal.count("armed again") == 1);
    CHECK(redrive.event.journal.count("stays closed") == 0);
}

TEST_CASE("an open gate of a round that the ledger has as closed is closed") {
    Redrive redrive;
    REQUIRE(redrive.event.ledger.close_round(Round(1), "operator", redrive.event.soon()));
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.gate.memory->fields.door == GateDoor::closed);
    CHECK_FALSE(redrive.event.gate.memory->fields.untold);
    CHECK(redrive.event.journal.count("the gate is closed") == 1);
}

TEST_CASE("a gate that is closed without the mark of a kill switch tells the ledger nothing") {
    Redrive redrive;
    redrive.event.gate.memory->fields.door = GateDoor::closed;
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.last_round().state == RoundState::open);
    CHECK(redrive.event.gate.memory->fields.door == GateDoor::closed);
}

TEST_CASE("a contradiction keeps the gate shut, is said once, and does not store a fence at each look") {
    Redrive redrive;
    redrive.settings.redrive_interval = Milliseconds(5000);
    auto forged = redrive.event.grant_to(7);
    forged.user = UserId(99);
    redrive.event.gate.restart();
    redrive.event.publish(forged);
    redrive.run_for(Milliseconds(20'000));
    CHECK_FALSE(redrive.event.is_open());
    CHECK(redrive.event.journal.count("slot 1 belongs to user 7, and to user 99") == 1);
    CHECK(redrive.event.last_round().epoch <= Epoch(6));
    redrive.event.work(); // the forged record becomes a failed event
    redrive.run_for(Milliseconds(1'000));
    CHECK(redrive.event.is_open());
}

TEST_CASE("a worker at an address that the ledger does not list makes no gate there and ends, naming both") {
    Redrive redrive;
    redrive.event.grant_to(7);
    const auto row = redrive.event.last_round();
    redrive.event.gate.listed_at = "redis://elsewhere:6379/0";
    redrive.event.gate.memory.reset();
    for (const bool holds_first : {true, false}) {
        redrive.holds_first = holds_first;
        redrive.fatal.reset();
        redrive.run_for(Milliseconds(15'000));
        REQUIRE(redrive.fatal);
        CHECK(redrive.fatal->kind == FaultKind::usage);
        CHECK(redrive.fatal->message.find("redis://elsewhere:6379/0") != std::string::npos);
        CHECK(redrive.fatal->message.find("redis://fake:6379/0") != std::string::npos);
    }
    CHECK_FALSE(redrive.event.gate.memory);
    CHECK(redrive.event.last_round() == row);
}

TEST_CASE("a name under which the armed gate answers is listed, and heals a loss from then on") {
    Redrive redrive;
    redrive.event.grant_to(7);
    redrive.event.gate.listed_at = "redis://alias:6379/0";
    redrive.run_for(Milliseconds(1000));
    CHECK_FALSE(redrive.fatal);
    CHECK(redrive.event.last_round().home.addresses == std::vector<std::string>{"redis://fake:6379/0", "redis://alias:6379/0"});
    redrive.event.gate.memory.reset();
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.event.is_open());
    // The list began again with the arming: an old master at the other name no longer counts.
    CHECK(redrive.event.last_round().home.addresses == std::vector<std::string>{"redis://alias:6379/0"});
}

TEST_CASE("a gate of another epoch than the ledger's is armed again above both") {
    for (const std::int64_t in_ledger : {1, 5}) {
        Redrive redrive;
        redrive.event.grant_to(7);
        redrive.event.gate.restart();
        redrive.run_for(Milliseconds(600));
        REQUIRE(redrive.event.gate.memory->fields.epoch == Epoch(2));
        redrive.event.ledger.tables().rounds.rbegin()->second.epoch = Epoch(in_ledger);
        redrive.run_for(Milliseconds(600));
        CHECK(redrive.event.gate.memory->fields.epoch == Epoch(std::max<std::int64_t>(2, in_ledger) + 1));
        CHECK(redrive.event.last_round().epoch == redrive.event.gate.memory->fields.epoch);
        CHECK(redrive.event.is_open());
        // Where the ledger lost an arming, its new fence is at the beginning, and what has no coupon is republished.
        if (in_ledger != 1) continue;
        redrive.event.work();
        redrive.run_for(Milliseconds(3000));
        redrive.event.work();
        CHECK(redrive.event.rows_of(1) == 1);
    }
}

TEST_CASE("no gate is made from nothing while the one that counts is at another listed address") {
    Redrive redrive;
    auto& row = redrive.event.ledger.tables().rounds.rbegin()->second;
    row.home.addresses = {"redis://right:6379/0", "redis://fake:6379/0"};
    redrive.elsewhere["redis://right:6379/0"] = {"redis://right:6379/0", redrive.event.gate.memory->fields, redrive.event.gate.server};
    redrive.event.gate.memory.reset();
    redrive.run_for(Milliseconds(1000));
    REQUIRE(redrive.fatal);
    CHECK(redrive.fatal->kind == FaultKind::usage);
    CHECK_FALSE(redrive.event.gate.memory);
}

TEST_CASE("a promoted replica becomes the gate once no listed address has answered as a master for ten seconds") {
    Redrive redrive;
    redrive.event.grant_to(7);
    redrive.event.gate.listed_at = "redis://replica:6379/0";
    redrive.event.gate.restart();
    SUBCASE("none answers") {
        redrive.run_for(Milliseconds(9000));
        CHECK_FALSE(redrive.event.is_open());
        CHECK_FALSE(redrive.fatal);
        redrive.run_for(Milliseconds(12'000));
        CHECK(redrive.event.is_open());
        CHECK(redrive.event.last_round().home.addresses == std::vector<std::string>{"redis://replica:6379/0"});
    }
    SUBCASE("one answers: the worker ends, and nothing was armed") {
        redrive.elsewhere["redis://fake:6379/0"] = {"redis://fake:6379/0", {}, {}};
        redrive.run_for(Milliseconds(12'000));
        REQUIRE(redrive.fatal);
        CHECK(redrive.fatal->kind == FaultKind::usage);
        CHECK_FALSE(redrive.event.is_open());
    }
    SUBCASE("an older copy never moves by itself") {
        redrive.event.ledger.tables().rounds.rbegin()->second.epoch = Epoch(2);
        redrive.run_for(Milliseconds(12'000));
        REQUIRE(redrive.fatal);
        CHECK_FALSE(redrive.event.is_open());
    }
}

TEST_CASE("a gate with another ledger's seal ends a worker at its start; one met later is waited out") {
    const auto other = RoundKey::parse("000102030405060708090a0b0c0d0e00");
    Redrive redrive;
    SUBCASE("at the start") {
        redrive.event.gate.memory->fields.key = other;
        redrive.run_for(Milliseconds(600));
        REQUIRE(redrive.fatal);
        CHECK(redrive.fatal->kind == FaultKind::usage);
    }
    SUBCASE("later") {
        redrive.on_pause = [&] { redrive.event.gate.memory->fields.key = other; };
        redrive.run_for(Milliseconds(2000));
        CHECK_FALSE(redrive.fatal);
        CHECK(redrive.event.journal.count("seal") == 1);
    }
    CHECK(redrive.event.last_round().epoch == Epoch(1));
}

TEST_CASE("a gate of a higher round than the ledger's is never armed, and told as a round that the ledger lost") {
    Redrive redrive;
    redrive.event.gate.memory->fields.round = Round(2);
    redrive.event.gate.restart();
    redrive.run_for(Milliseconds(2000));
    CHECK_FALSE(redrive.fatal);
    CHECK_FALSE(redrive.event.is_open());
    CHECK(redrive.event.journal.count("the ledger lost a round") == 1);
}

TEST_CASE("a gate that is away is said once, and the servers are back: republishing resumes when it is back") {
    Redrive redrive;
    redrive.event.claim_for(8);
    redrive.on_pause = [&] { redrive.event.gate.meet(GateTrouble::unreachable); };
    redrive.run_for(Milliseconds(10'000));
    redrive.on_pause = nullptr;
    // What it does about it, then the hint.
    CHECK(redrive.event.journal.count("; retrying; claims are safe, republishing resumes when it is back") == 1);
    CHECK(redrive.event.journal.count("?;") == 0);
    CHECK(redrive.opened > 2);
    redrive.event.gate.meet(GateTrouble::none);
    redrive.run_for(Milliseconds(10'000));
    CHECK(redrive.records() == 1);
}

TEST_CASE("nothing is to be issued before gate and ledger were compared, and the higher epoch of the two is known then") {
    Redrive redrive;
    redrive.event.gate.meet(GateTrouble::unreachable);
    redrive.run_for(Milliseconds(3000));
    CHECK_FALSE(redrive.has_compared);
    CHECK(redrive.event.journal.count("; retrying; no coupon is issued before gate and ledger are compared") == 1);
    redrive.event.gate.meet(GateTrouble::none);
    redrive.holds_first = false; // it may not arm
    redrive.event.gate.memory->fields.epoch = Epoch(2);
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.has_compared);
    CHECK(redrive.epochs.highest(Round(1)) == Epoch(2));
}

TEST_CASE("gate and ledger are not compared while somebody arms the gate at an epoch that the ledger does not have") {
    Redrive redrive;
    redrive.holds_first = false; // it may not arm
    redrive.event.gate.restart();
    redrive.event.gate.memory->fields.arming = Epoch(2);
    redrive.run_for(Milliseconds(1000));
    CHECK_FALSE(redrive.has_compared);
    redrive.event.ledger.tables().rounds.rbegin()->second.epoch = Epoch(2);
    redrive.run_for(Milliseconds(1000));
    CHECK(redrive.has_compared);
}

TEST_CASE("a worker that is to be drained looks often only while it has nothing in hand, and not once more when it is") {
    Redrive redrive;
    redrive.holds_first = false;
    redrive.settings.until_drained = true;
    redrive.event.grant_to(7);
    const auto looks_in = [&](Milliseconds time) {
        const int before = redrive.event.gate.calls();
        redrive.run_for(time);
        return (redrive.event.gate.calls() - before) / 3; // one question, and two more for what is not quiescent
    };
    CHECK(looks_in(Milliseconds(3000)) == 60); // the first one only lets the worker begin; the last one comes at the end of the time
    redrive.has_caught_up = false;
    CHECK(looks_in(Milliseconds(3000)) == 10);
    redrive.event.work();
    redrive.has_caught_up = true;
    const auto begun = redrive.event.world.now();
    CHECK(looks_in(Milliseconds(3000)) == 2); // and two questions more, for slots and a last look at the gate
    CHECK(redrive.drained);
    CHECK(redrive.event.world.now() - begun <= Milliseconds(100));
}

TEST_CASE("drained means quiescent and every claim with its row, whoever issued it") {
    Redrive redrive;
    redrive.holds_first = false;
    redrive.settings.until_drained = true;
    redrive.event.grant_to(7);
    redrive.run_for(Milliseconds(2000));
    CHECK_FALSE(redrive.drained);
    CHECK(redrive.why_not.find("unread") != std::string::npos);
    redrive.event.work();
    redrive.run_for(Milliseconds(2000));
    CHECK(redrive.drained);
    redrive.event.ledger.tables().coupons.clear();
    redrive.run_for(Milliseconds(2000));
    CHECK_FALSE(redrive.drained);
    CHECK(redrive.why_not.find("no coupon row (user 7)") != std::string::npos);
}

TEST_CASE(
    "a redrive that the topic does not take is told once with reason and count, again when the reason changes, and when it has ended") {
    Redrive redrive;
    redrive.settings.until_drained = true;
    redrive.event.claim_for(17);
    redrive.event.claim_for(18);
    redrive.event.gate.now += Milliseconds(60'000);
    redrive.event.broker.meet(DeliveryTrouble::refused);
    redrive.run_for(Milliseconds(20'000));
    auto& journal = redrive.event.journal;
    CHECK(journal.count("warn: 2 claims could not be republished: not published to the fake topic; republishing will be retried") == 1);
    CHECK(redrive.why_not.find("2 claims could not be republished: not published to the fake topic") != std::string::npos);
}

TEST_CASE("the trouble of a redrive is told again when its reason changes, and once when it has ended") {
    FakeJournal journal;
    RedriveJournal told(journal);
    Failures first;
    first.note(Fault{FaultKind::refused, "the record is too large", "raise max.message.bytes"});
    auto more = first;
    more.note(Fault{FaultKind::refused, "something else", ""});
    Failures other;
    other.note(Fault{FaultKind::unreachable, "no answer", ""});
    told.tell_failures(first, {});
    told.tell_failures(more, {});
    told.tell_failures(other, {});
    CHECK(told.last_failures() == "1 claim could not be republished: no answer");
    told.tell_failures({}, other);
    told.tell_failures({}, {});
    CHECK(told.last_failures().empty());
    CHECK(journal.lines() ==
          std::vector<std::string>{
              "warn: 1 claim could not be republished: the record is too large; republishing will be retried; raise max.message.bytes",
              "warn: 1 claim could not be republished: no answer; republishing will be retried", "info: claims can be republished",
              "warn: 1 claim could not be confirmed: no answer; republishing will be retried", "info: claims can be confirmed"});
}

TEST_CASE("claims whose records another program reads are republished ever more seldom, and each time the next try is told") {
    Redrive redrive;
    redrive.event.grant_to(8);
    // A stranger reads and commits whatever comes.
    redrive.on_pause = [&] {
        for (auto& one : redrive.event.broker.partitions)
            one.committed = one.high;
    };
    redrive.run_for(Milliseconds(300'000));
    // Published first at once, then after 2, 4, 8, 16, 32 and 60 s each, where the issue of all others costs nothing.
    CHECK(redrive.redriven >= 8);
    CHECK(redrive.redriven <= 11);
    auto& journal = redrive.event.journal;
    for (const auto* pause : {"4 s", "8 s", "16 s", "32 s"})
        CHECK(journal.count("still without a coupon: user 8; the next try is in " + std::string(pause) + ";") == 1);
    CHECK(journal.count("the next try is in 60 s;") >= 2);
}

TEST_SUITE_END();
