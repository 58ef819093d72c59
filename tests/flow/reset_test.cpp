#include "flow/reset/reset.hpp"
#include "flow/worker/arming.hpp"

#include "fakes/lent_keeper.hpp"
#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace coupon;

TEST_SUITE_BEGIN("flow/reset");

TEST_CASE("the first reset makes tables, topic and gate, and opens round 1") {
    FakeEvent event;
    event.ledger.tables().exist = false;
    event.broker.partitions.clear();
    REQUIRE(event.reset());
    CHECK(event.is_open());
    CHECK(event.report.round == Round(1));
    CHECK_FALSE(event.report.previous_round);
    CHECK(event.last_round().state == RoundState::open);
    CHECK(event.gate.memory->fields.limit == Limit(100));
    CHECK(event.broker.partitions.size() == 4);
}

TEST_CASE("a settled round is closed and replaced, its records are purged, its rows stay") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    REQUIRE(event.reset(FakeEvent::wishes(5)));
    CHECK(event.report.round == Round(2));
    CHECK(event.report.previous_round == Round(1));
    CHECK(event.gate.memory->claims.empty());
    CHECK(event.gate.memory->fields.limit == Limit(5));
    CHECK(event.is_open());
    CHECK(event.rows_of(1) == 1);
    CHECK(event.rows_of(2) == 0);
    for (const auto& partition : event.broker.partitions)
        CHECK(partition.records.empty());
}

TEST_CASE("offsets that expired hold no reset back whose claims all have their coupon, and one that has none does") {
    FakeEvent event;
    REQUIRE(event.reset());
    for (const int user : {4, 5, 6, 7})
        event.grant_to(user);
    event.work();
    for (auto& partition : event.broker.partitions)
        partition.committed.reset();
    event.grant_to(8);
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().message.find("1 record of partition 0 is unread") != std::string::npos);
    CHECK(refused.fault().message.find("has no committed offset: it expired, or --group is another one") != std::string::npos);
    event.work();
    for (auto& partition : event.broker.partitions)
        partition.committed.reset();
    REQUIRE(event.reset());
    CHECK(event.report.round == Round(2));
}

TEST_CASE("a record that was kept as a failed event holds no reset back where the offsets expired") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(4);
    event.broker.put(0, {std::nullopt, "short", {}});
    event.work();
    for (auto& partition : event.broker.partitions)
        partition.committed.reset();
    REQUIRE(event.reset());
    event.broker.put(0, {std::nullopt, "not kept", {}});
    for (auto& partition : event.broker.partitions)
        partition.committed.reset();
    CHECK_FALSE(event.reset());
}

TEST_CASE("a round with claims on their way is not replaced: refused, users named, gate and ledger left closed") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.claim_for(17);
    event.publish(event.claim_for(42));
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::not_quiescent);
    CHECK(refused.fault().message.find("17, 42") != std::string::npos);
    CHECK(event.gate.memory->fields.door == GateDoor::closed);
    CHECK(event.gate.memory->claims.size() == 2);
    CHECK(event.last_round().state == RoundState::closed);
    CHECK(event.last_round().round == Round(1));
}

TEST_CASE("a claim without a row, though everything is read, is refused too") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    for (auto& partition : event.broker.partitions)
        partition.committed = partition.high;
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::not_quiescent);
    CHECK(refused.fault().message.find("no coupon row (user 7)") != std::string::npos);
}

TEST_CASE("a worker that finishes while the reset waits lets it go on") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.world.on_pause = [&] { event.work(); };
    REQUIRE(event.reset());
    CHECK(event.report.round == Round(2));
    CHECK(event.rows_of(1) == 1);
}

TEST_CASE("a ledger that goes away ends the wait, though it is not needed yet") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.publish(event.claim_for(42));
    int looks = 0;
    event.world.on_pause = [&] {
        if (++looks == 2) event.ledger.meet(LedgerTrouble::unreachable);
    };
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::unreachable);
    CHECK(looks == 2);
}

TEST_CASE("by force the round is abandoned, its claims are listed, and its records are stale from then on") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    event.claim_for(17);
    const auto late = event.claim_for(42);
    auto wishes = FakeEvent::wishes();
    wishes.force = true;
    REQUIRE(event.reset(wishes));
    CHECK(event.report.round == Round(2));
    CHECK(event.is_open());
    const auto& steps = event.report.steps;
    const auto settle = std::find_if(steps.begin(), steps.end(), [](const ResetStep& step) { return step.name == "settle"; });
    REQUIRE(settle != steps.end());
    CHECK(settle->status == "skipped");
    CHECK(settle->detail.find("forced although ") == 0);
    CHECK(std::none_of(steps.begin(), steps.end(), [](const ResetStep& step) { return step.status == "failed"; }));
    const auto given_up = event.ledger.tables().abandoned.at({"coupon", Round(1)});
    CHECK(given_up.size() == 2);
    CHECK(event.ledger.tables().rounds.at({"coupon", Round(1)}).state == RoundState::abandoned);
    event.publish(late);
    const auto outcomes = event.work();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.front().becomes == RecordClass::stale);
}

TEST_CASE("two resets at once: the second one is told so") {
    FakeEvent event;
    REQUIRE(event.reset());
    FakeLedger other("coupon", "coupon_create", std::shared_ptr<FakeTables>(&event.ledger.tables(), [](FakeTables*) {}));
    ResetReport report;
    const auto second = reset(FakeEvent::wishes(), {event.gate, event.gate, event.admin, event.log, other, event.world}, report);
    REQUIRE_FALSE(second);
    CHECK(second.fault().kind == FaultKind::already_running);
    CHECK(event.is_open());
}

TEST_CASE("a topic of another event is refused before anything is touched") {
    FakeEvent event;
    REQUIRE(event.reset());
    FakeLedger other("party", "coupon_create", std::shared_ptr<FakeTables>(&event.ledger.tables(), [](FakeTables*) {}));
    FakeGate gate;
    auto wishes = FakeEvent::wishes();
    wishes.event = "party";
    ResetReport report;
    const auto refused = reset(wishes, {gate, gate, event.admin, event.log, other, event.world}, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::usage);
    CHECK_FALSE(gate.memory);
}

TEST_CASE("a gate that was lost is made anew from ledger and topic before the round ends") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    event.gate.memory.reset();
    event.gate.restart();
    REQUIRE(event.reset());
    CHECK(event.report.round == Round(2));
    CHECK(event.is_open());
}

namespace {

/// The topic's log, with something that happens just before it is asked for its partitions.
class WatchedTopicLog final : public TopicLog {
public:
    WatchedTopicLog(FakeBroker& broker, std::function<void()> before) : log_(broker), before_(std::move(before)) {}
    Result<std::vector<PartitionLag>> partitions(Deadline deadline) override {
        before_();
        return log_.partitions(deadline);
    }
    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take, Deadline deadline) override {
        return log_.read(ranges, take, deadline);
    }
    Result<GroupSight> group(Deadline deadline) override { return log_.group(deadline); }
    Result<TopicSettings> settings(Deadline deadline) override { return log_.settings(deadline); }

private:
    FakeTopicLog log_;
    std::function<void()> before_;
};

} // namespace

TEST_CASE("a gate that a worker makes anew while a reset begins is closed before the reset looks whether the round is settled") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.memory.reset();
    event.gate.restart();
    int open_at_look = 0;
    bool is_made = false;
    WatchedTopicLog log(event.broker, [&, looks = 0]() mutable {
        if (++looks == 1) return;
        if (is_made) {
            open_at_look += event.is_open() ? 1 : 0;
            return;
        }
        // The reset has seen no gate, and has not closed the round in the ledger yet: arming leaves the gate open.
        is_made = true;
        REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "worker", Milliseconds(5000)));
        REQUIRE(event.is_open());
    });
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), {event.gate, event.gate, event.admin, log, event.ledger, event.world}, report));
    CHECK(is_made);
    CHECK(open_at_look == 0);
    CHECK(event.last_round().round == Round(2));
}

TEST_CASE("a running round is not ended unless that is allowed: nothing is changed, and users go on applying") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    auto wishes = FakeEvent::wishes();
    wishes.may_end = {};
    const auto refused = event.reset(wishes);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(refused.fault().message.find("round 1 is running (1 of 100 granted)") == 0);
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
    CHECK(event.is_open());

    event.work();
    wishes.may_end.confirmed = Round(2);
    CHECK_FALSE(event.reset(wishes));
    wishes.may_end.confirmed = Round(1);
    CHECK(event.reset(wishes));
}

TEST_CASE("a second reset with the key of --once of a round that exists changes nothing and says which round it was") {
    FakeEvent event;
    auto wishes = FakeEvent::wishes();
    wishes.once_key = "2026-12-01";
    REQUIRE(event.reset(wishes));
    CHECK(event.last_round().once_key == "2026-12-01");
    event.grant_to(7);
    for (const bool is_sold_out : {false, true}) {
        if (is_sold_out) event.gate.memory->fields.limit = Limit(1);
        const auto gate = event.gate.memory;
        const auto rounds = event.ledger.tables().rounds;
        REQUIRE(event.reset(wishes));
        CHECK(event.report.round == Round(1));
        CHECK(event.report.outcome == "round 1 of event coupon was opened with --once 2026-12-01 already; nothing was changed");
        CHECK(event.gate.memory == gate);
        CHECK(event.ledger.tables().rounds == rounds);
    }
    event.gate.memory->fields.limit = Limit(100);
    event.work();
    REQUIRE(event.reset());
    wishes.once_key = "2026-12-02";
    REQUIRE(event.reset(wishes));
    CHECK(event.report.round == Round(3));
    wishes.once_key = "2026-12-01";
    REQUIRE(event.reset(wishes));
    CHECK(event.report.round == Round(1));
}

TEST_CASE("an interrupted reset is finished as the one round of its key of --once, and is no round of another key") {
    struct Row {
        std::optional<std::string> begun_with;
        std::int64_t limit;
        std::int64_t opened; ///< round
    };
    for (const auto& row : {Row{"today", 100, 2}, Row{"today", 3, 2}, Row{{}, 100, 3}, Row{"yesterday", 100, 3}}) {
        CAPTURE(row.opened);
        FakeEvent event;
        REQUIRE(event.reset());
        RoundRow begun = event.last_round();
        REQUIRE(event.ledger.close_round(Round(1), "dead", event.soon()));
        begun.round = Round(2);
        begun.limit = Limit(row.limit);
        begun.state = RoundState::opening;
        begun.owner = "dead";
        begun.once_key = row.begun_with;
        REQUIRE(event.ledger.insert_round({begun, Round(1), {}, {}}, event.soon()));
        auto wishes = FakeEvent::wishes();
        wishes.once_key = "today";
        REQUIRE(event.reset(wishes));
        CHECK(event.report.round == Round(row.opened));
        CHECK(event.last_round().round == Round(row.opened));
        CHECK(event.last_round().once_key == "today");
        CHECK(event.is_open());
    }
}

TEST_CASE("two resets with one key of --once at the same moment open one round, though the lock of resets is lost") {
    FakeEvent event;
    REQUIRE(event.reset());
    auto wishes = FakeEvent::wishes();
    wishes.once_key = "2026-12-01";
    bool was_overtaken = false;
    ResetReport first_report;
    // The other one runs from beginning to end after this one has looked, and before it closes anything.
    WatchedTopicLog log(event.broker, [&, looks = 0]() mutable {
        if (++looks != 2) return;
        was_overtaken = true;
        event.ledger.tables().reset_locks.clear();
        const auto other = event.another_ledger();
        REQUIRE(reset(wishes, {event.gate, event.gate, event.admin, event.log, *other, event.world}, first_report));
    });
    ResetReport report;
    REQUIRE(reset(wishes, {event.gate, event.gate, event.admin, log, event.ledger, event.world}, report));
    CHECK(was_overtaken);
    CHECK(first_report.round == Round(2));
    CHECK(report.round == Round(2));
    CHECK(report.outcome.find("already; nothing was changed") != std::string::npos);
    CHECK(event.last_round().round == Round(2));
    CHECK(event.last_round().state == RoundState::open);
    CHECK(event.is_open());
}

TEST_CASE("a round that another reset opened since this one looked is not ended") {
    FakeEvent event;
    REQUIRE(event.reset());
    WatchedTopicLog log(event.broker, [&, looks = 0]() mutable {
        if (++looks != 2) return;
        event.ledger.tables().reset_locks.clear();
        const auto other = event.another_ledger();
        ResetReport report;
        REQUIRE(reset(FakeEvent::wishes(), {event.gate, event.gate, event.admin, event.log, *other, event.world}, report));
    });
    ResetReport report;
    const auto refused = reset(FakeEvent::wishes(), {event.gate, event.gate, event.admin, log, event.ledger, event.world}, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::conflict);
    CHECK(event.last_round().round == Round(2));
    CHECK(event.is_open());
}

TEST_CASE("a reset ends by saying what will happen, by the clock that the operator uses") {
    FakeEvent event;
    auto wishes = FakeEvent::wishes();
    wishes.window.opens_at = event.gate.now + Milliseconds(20'000);
    wishes.utc_offset = UtcOffset(540);
    REQUIRE(event.reset(wishes));
    CHECK(event.report.outcome == "round 1 of event coupon: 100 coupons, opens " +
                                      clock_text(*wishes.window.opens_at, wishes.utc_offset, event.gate.now) + " (in 20 s)");
}

TEST_CASE("a running round whose gate was lost is not ended either") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.memory.reset();
    event.gate.restart();
    auto wishes = FakeEvent::wishes();
    wishes.may_end = {};
    const auto refused = event.reset(wishes);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(event.last_round().state == RoundState::open);
}

TEST_CASE("a gate whose round the ledger does not know is left as it is, also by force") {
    FakeEvent event;
    REQUIRE(event.reset());
    REQUIRE(event.reset());
    event.ledger.tables().rounds.erase({"coupon", Round(2)});
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    for (const bool force : {false, true}) {
        auto wishes = FakeEvent::wishes();
        wishes.force = force;
        const auto refused = event.reset(wishes);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == FaultKind::refused);
        CHECK(refused.fault().message.find("the gate holds round 2") == 0);
        CHECK(event.gate.memory == gate);
        CHECK(event.ledger.tables().rounds == rounds);
        CHECK(event.is_open());
    }
}

TEST_CASE("a plan names the running round, and is refused as the reset would be") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    ResetReport report;
    auto wishes = FakeEvent::wishes();
    wishes.may_end = {};
    const auto refused = plan_reset(wishes, event.ports(), report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    REQUIRE(report.running);
    CHECK(report.running->text() == "This ends round 1 (1 of 100 granted).");
    CHECK_FALSE(report.steps.empty());
    report = {};
    CHECK(plan_reset(FakeEvent::wishes(), event.ports(), report));
    CHECK(report.running);
}

namespace {

/// Whether nobody can be granted anything in a half-opened round: the gate is as it was, or closed, or missing, or not armed.
bool is_as_it_was_or_shut(FakeEvent& event, const GateMemory& before) {
    if (event.gate.memory == before) return true;
    return !event.gate.memory || event.gate.memory->fields.door != GateDoor::open ||
           !is_armed(event.gate.memory->fields, event.gate.server) || event.last_round().state == RoundState::open;
}

/// Runs a reset that loses one server for good at its n-th call to it, then one that does not.
template <class Break, class Heal>
int die_at_every_call(const Break& break_at, const Heal& heal) {
    int call = 0;
    for (bool died = true; died; ++call) {
        REQUIRE(call < 200);
        FakeEvent event;
        REQUIRE(event.reset());
        event.grant_to(7);
        event.work();
        const auto before = event.gate.memory;
        break_at(event, call);
        const auto first = event.reset(FakeEvent::wishes(5));
        died = !first;
        heal(event);
        CAPTURE(call);
        CHECK(is_as_it_was_or_shut(event, before));
        event.ledger.tables().reset_locks.clear();
        const auto second = event.reset(FakeEvent::wishes(5));
        if (!second) FAIL(second.fault().text());
        CHECK(event.is_open());
        CHECK(event.gate.memory->fields.limit == Limit(5));
        CHECK(event.gate.memory->fields.round == event.last_round().round);
        CHECK(event.last_round().state == RoundState::open);
        CHECK(event.rows_of(1) == 1);
        int open_rounds = 0;
        for (const auto& [where, row] : event.ledger.tables().rounds)
            open_rounds += row.state == RoundState::open ? 1 : 0;
        CHECK(open_rounds == 1);
    }
    return call;
}

} // namespace

TEST_CASE("a reset that dies at any call to the ledger leaves the gate as it was or shut, and the next run finishes") {
    const int calls = die_at_every_call([](FakeEvent& event, int call) { event.ledger.meet_after(LedgerTrouble::unreachable, call); },
                                        [](FakeEvent& event) { event.ledger.meet(LedgerTrouble::none, 0); });
    CHECK(calls > 10);
}

TEST_CASE("a reset that dies at any call to the gate leaves the gate as it was or shut, and the next run finishes") {
    const int calls = die_at_every_call([](FakeEvent& event, int call) { event.gate.meet_after(GateTrouble::unreachable, call); },
                                        [](FakeEvent& event) { event.gate.meet(GateTrouble::none); });
    CHECK(calls > 5);
}

TEST_CASE("an interrupted reset with another limit is finished, then one more round has the limit wanted now") {
    FakeEvent event;
    REQUIRE(event.reset());
    RoundRow begun = event.last_round();
    REQUIRE(event.ledger.close_round(Round(1), "dead", event.soon()));
    begun.round = Round(2);
    begun.limit = Limit(3);
    begun.state = RoundState::opening;
    begun.owner = "dead";
    REQUIRE(event.ledger.insert_round({begun, Round(1), {}, {}}, event.soon()));
    REQUIRE(event.reset(FakeEvent::wishes(5)));
    CHECK(event.report.round == Round(3));
    CHECK(event.gate.memory->fields.limit == Limit(5));
    CHECK(event.is_open());
}

TEST_CASE("an interrupted reset with the same wishes is finished as it was begun") {
    FakeEvent event;
    REQUIRE(event.reset());
    RoundRow begun = event.last_round();
    REQUIRE(event.ledger.close_round(Round(1), "dead", event.soon()));
    begun.round = Round(2);
    begun.state = RoundState::opening;
    begun.owner = "dead";
    REQUIRE(event.ledger.insert_round({begun, Round(1), {}, {}}, event.soon()));
    REQUIRE(event.reset());
    CHECK(event.report.round == Round(2));
    CHECK(event.is_open());
}

namespace {

/// A broker that deletes nothing.
class DefiantAdmin final : public TopicAdmin {
public:
    Result<std::string> cluster_id(Deadline) override { return std::string("fake-cluster"); }
    Result<bool> exists(Deadline) override { return true; }
    Status create(int, Deadline) override { return Done{}; }
    Status purge(const std::map<std::int32_t, std::int64_t>&, Deadline) override {
        return Fault{FaultKind::refused, "the broker refuses to delete records", {}};
    }
};

} // namespace

namespace {

/// A broker at whose purge, just before the new gate is made, something happens.
class WatchedAdmin final : public TopicAdmin {
public:
    WatchedAdmin(FakeBroker& broker, std::function<void()> before) : admin_(broker), before_(std::move(before)) {}
    Result<std::string> cluster_id(Deadline deadline) override { return admin_.cluster_id(deadline); }
    Result<bool> exists(Deadline deadline) override { return admin_.exists(deadline); }
    Status create(int partitions, Deadline deadline) override { return admin_.create(partitions, deadline); }
    Status purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline deadline) override {
        before_();
        return admin_.purge(up_to, deadline);
    }

private:
    FakeTopicAdmin admin_;
    std::function<void()> before_;
};

} // namespace

TEST_CASE("a gate that was lost and made anew after the last look is replaced all the same: nobody else is at work") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    int times = 0;
    WatchedAdmin admin(event.broker, [&] {
        if (++times == 1) event.gate.memory->fields.token = "worker";
    });
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), {event.gate, event.gate, admin, event.log, event.ledger, event.world}, report));
    CHECK(times == 2);
    CHECK(report.round == Round(2));
    CHECK(report.previous_round == Round(1));
    CHECK(event.is_open());
    CHECK(event.gate.memory->claims.empty());
    CHECK(event.rows_of(1) == 1);
}

TEST_CASE("a worker that closes the gate between a reset's first two steps does not stop the reset") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    LentKeeper keeper(event.gate, [&](const std::string& call, int times) {
        if (call != "close" || times > 1) return;
        // It has seen the round closed and the gate open, as after a roll-back.
        const auto& gate = event.gate.memory->fields;
        REQUIRE(event.gate.close({gate.round, gate.token}, "worker", event.soon()));
    });
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), {event.gate, keeper, event.admin, event.log, event.ledger, event.world}, report));
    CHECK(report.round == Round(2));
    CHECK(event.is_open());
}

TEST_CASE("a kill switch that is pulled between a reset's first two steps stays pulled") {
    FakeEvent event;
    REQUIRE(event.reset());
    LentKeeper keeper(event.gate, [&](const std::string& call, int times) {
        if (call == "close" && times == 1) REQUIRE(event.close());
    });
    ResetReport report;
    CHECK_FALSE(reset(FakeEvent::wishes(), {event.gate, keeper, event.admin, event.log, event.ledger, event.world}, report));
    CHECK_FALSE(event.is_open());
    CHECK(event.last_round().round == Round(1));
    CHECK(event.last_round().state == RoundState::closed);
}

TEST_CASE("a kill switch that is pulled while a reset makes the new gate is not overruled") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    WatchedAdmin admin(event.broker, [&] {
        REQUIRE(event.gate.shut({}, "operator", event.soon()));
        REQUIRE(event.ledger.close_round(Round(2), "operator", event.soon()));
    });
    ResetReport report;
    const auto refused = reset(FakeEvent::wishes(), {event.gate, event.gate, admin, event.log, event.ledger, event.world}, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::conflict);
    CHECK_FALSE(event.is_open());
    CHECK(event.last_round().state == RoundState::opening);
    CHECK(event.last_round().owner == "operator");
}

TEST_CASE("a gate that is made anew again and again is a conflict, not a reset without end") {
    FakeEvent event;
    REQUIRE(event.reset());
    int times = 0;
    WatchedAdmin admin(event.broker, [&] { event.gate.memory->fields.token = "worker-" + std::to_string(++times); });
    ResetReport report;
    const auto refused = reset(FakeEvent::wishes(), {event.gate, event.gate, admin, event.log, event.ledger, event.world}, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::conflict);
    CHECK(event.gate.memory->fields.door == GateDoor::closed);
    CHECK(times == 3);
}

TEST_CASE("the old round is settled by a gate in the ledger's epoch: one of another epoch is armed first") {
    for (const bool is_set_back : {true, false}) {
        CAPTURE(is_set_back);
        FakeEvent event;
        REQUIRE(event.reset());
        event.grant_to(7);
        event.work();
        auto& row = event.ledger.tables().rounds.begin()->second;
        (is_set_back ? row.epoch : event.gate.memory->fields.epoch) = Epoch(2);
        REQUIRE(event.reset());
        CHECK(event.ledger.tables().rounds.begin()->second.epoch == Epoch(3));
    }
}

TEST_CASE("a purge that fails is a warning, the round in each record is the fence") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    DefiantAdmin admin;
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), {event.gate, event.gate, admin, event.log, event.ledger, event.world}, report));
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings.front().find("refuses to delete") != std::string::npos);
    CHECK(event.is_open());
}

TEST_CASE("a record of a higher round on the topic pushes the new round above it") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.broker.put(0, encode({"coupon", {Round(41), Epoch(1), Slot(1), UserId(9), Instant{}}}));
    event.work();
    REQUIRE(event.reset());
    CHECK(event.report.round == Round(42));
}

TEST_CASE("the plan names what would be done and touches nothing") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto before = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    ResetReport report;
    REQUIRE(plan_reset(FakeEvent::wishes(), event.ports(), report));
    CHECK(report.steps.size() >= 3);
    CHECK(event.gate.memory == before);
    CHECK(event.ledger.tables().rounds == rounds);
}

TEST_SUITE_END();
