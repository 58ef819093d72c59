#include "flow/worker/lost_logs.hpp"

#include "flow/fake_event.hpp"
#include "flow/worker/arming.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

namespace {

constexpr Milliseconds timeout{5000};

/// A round in epoch 2. User 7 was granted in epoch 1, before the gate restarted, and the record of user 11 is still on its way: the gate
/// forgot that claim. Partition 3 had two records when epoch 2 began.
struct Rearmed : FakeEvent {
    Rearmed() {
        REQUIRE(reset());
        grant_to(7);
        grant_to(3);
        work();
        late = claim_for(11);
        gate.memory->claims.erase(UserId(11));
        gate.memory->outbox.erase(UserId(11));
        --gate.memory->fields.granted;
        gate.restart();
        REQUIRE(arm());
    }

    Result<Armed> arm() { return arm_again(gate, gate, log, ledger, world, "token-of-arming", timeout); }
    /// The broker comes back without its data.
    void lose_data() { broker.create(4); }
    Status look() { return watch.look(log, ledger, timeout); }
    [[nodiscard]] std::vector<RecordClass> issue_late() {
        const auto at = publish(late);
        const auto outcomes = ledger.issue(std::vector{broker.record_at(at)}, soon());
        REQUIRE(outcomes);
        return {outcomes->front().becomes};
    }
    [[nodiscard]] std::vector<Fence> fences_of_3() {
        auto fences = ledger.fences(Round(1), soon()).value();
        std::erase_if(fences, [](const Fence& fence) { return fence.partition != 3; });
        return fences;
    }

    Grant late;
    LogWatch watch{world, journal};
};

} // namespace

TEST_SUITE_BEGIN("flow/lost_logs");

TEST_CASE("a fence keeps the last record before it, and a log that is the same one is left alone") {
    Rearmed event;
    REQUIRE(event.fences_of_3().size() == 1);
    CHECK(event.fences_of_3().front().end_offset == 2);
    REQUIRE(event.fences_of_3().front().below);
    CHECK(*event.fences_of_3().front().below == identity_of(event.broker.record_at({3, 1})));
    REQUIRE(event.look());
    CHECK(event.watch.has_compared());
    CHECK(event.journal.lines().empty());
    CHECK(event.issue_late() == std::vector{RecordClass::fenced});
}

TEST_CASE("a pause between two looks ends as soon as a comparison is asked for, and is not shortened twice for it") {
    Rearmed event;
    const auto pause = [&] {
        const auto before = event.world.now();
        event.watch.pause(Milliseconds(300));
        return event.world.now() - before;
    };
    CHECK(pause() == Milliseconds(300));
    event.world.on_pause = [&] {
        event.world.on_pause = nullptr;
        event.watch.ask();
    };
    CHECK(pause() < Milliseconds(50));
    CHECK(pause() == Milliseconds(300));
    event.watch.ask();
    CHECK(pause() < Milliseconds(50));
}

TEST_CASE("a purged log is the same log") {
    Rearmed event;
    REQUIRE(event.admin.purge({{3, 2}}, event.soon()));
    REQUIRE(event.look());
    CHECK(event.journal.lines().empty());
    CHECK(event.fences_of_3().front().end_offset == 2);
}

TEST_CASE("on the log that took the place of a lost one a record of an earlier epoch is fenced from the first offset on") {
    Rearmed event;
    event.lose_data();
    REQUIRE(event.look());
    REQUIRE(event.journal.lines().size() == 1);
    CHECK(event.journal.lines().front().find("partition 3: the log in which epoch 2 began at offset 2 is gone (its end is 0 now)") !=
          std::string::npos);
    CHECK(event.fences_of_3() == std::vector<Fence>{{Epoch(2), 3, 0, {}}});
    // The slot of user 11 was given away in epoch 2.
    const auto next = event.claim_for(15);
    REQUIRE(next.slot == event.late.slot);
    CHECK(event.issue_late() == std::vector{RecordClass::fenced});
    event.publish(next);
    CHECK(event.work().back().becomes == RecordClass::issued);
}

TEST_CASE("a log that has grown beyond the old end is known by the record that lies there") {
    Rearmed event;
    event.lose_data();
    for (int i = 0; i < 5; ++i)
        event.broker.put(3, {std::nullopt, "of another log", {}});
    REQUIRE(event.look());
    REQUIRE(event.journal.lines().size() == 1);
    CHECK(event.journal.lines().front().find("another record lies at offset 1 now") != std::string::npos);
    CHECK(event.fences_of_3().front().end_offset == 0);
}

TEST_CASE("an arming compares the older fences before it stores its own, and tells what it found") {
    Rearmed event;
    event.lose_data();
    event.publish(event.late);
    event.gate.restart();
    const auto armed = event.arm();
    REQUIRE(armed);
    CHECK(armed->lost_logs.size() == 1);
    // The late record speaks for nobody: it came to this log after its epoch had ended.
    CHECK_FALSE(event.gate.memory->claims.contains(UserId(11)));
    REQUIRE(event.fences_of_3().size() == 2);
    CHECK(event.fences_of_3()[0].end_offset == 0);
    CHECK(event.fences_of_3()[1].end_offset == 1);
}

TEST_CASE("it is told once, and compared again when it is asked for") {
    Rearmed event;
    event.lose_data();
    REQUIRE(event.look());
    REQUIRE(event.look());
    event.watch.ask();
    CHECK_FALSE(event.watch.has_compared());
    REQUIRE(event.look());
    CHECK(event.watch.has_compared());
    CHECK(event.journal.lines().size() == 1);
}

TEST_CASE("a round without a fence needs no answer of the topic, as no record of it can be fenced") {
    FakeEvent event;
    REQUIRE(event.reset());
    REQUIRE(event.ledger.fences(Round(1), event.soon()).value().empty());
    event.broker.broker = BrokerTrouble::away;
    LogWatch watch(event.world, event.journal);
    REQUIRE(watch.look(event.log, event.ledger, timeout));
    CHECK(watch.has_compared());
    watch.ask();
    event.ledger.meet(LedgerTrouble::unreachable);
    CHECK_FALSE(watch.look(event.log, event.ledger, timeout));
    CHECK_FALSE(watch.has_compared());
}

TEST_CASE("while ledger or topic do not answer nothing counts as compared") {
    Rearmed event;
    event.broker.broker = BrokerTrouble::away;
    CHECK_FALSE(event.look());
    CHECK_FALSE(event.watch.has_compared());
    event.broker.broker = BrokerTrouble::none;
    event.ledger.meet(LedgerTrouble::unreachable);
    CHECK_FALSE(event.look());
    CHECK_FALSE(event.watch.has_compared());
    event.ledger.meet(LedgerTrouble::none);
    event.broker.partitions.clear();
    CHECK(event.look());
    CHECK_FALSE(event.watch.has_compared());
}

TEST_SUITE_END();
