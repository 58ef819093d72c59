#include "flow/recover/recover.hpp"

#include "fakes/lent_reader.hpp"
#include "flow/fake_event.hpp"
#include "flow/worker/arming.hpp"

#include <doctest/doctest.h>

#include <utility>

TEST_SUITE_BEGIN("flow/recover");

using namespace coupon;

namespace {

/// These hand the calls on, so that each look opens readers of its own.

class LentLedger final : public LedgerReader {
public:
    LentLedger(LedgerReader& ledger, const std::function<void()>& on_snapshot) : ledger_(ledger), on_snapshot_(on_snapshot) {}
    Result<std::vector<RoundRow>> rounds(Deadline deadline) override { return ledger_.rounds(deadline); }
    Result<std::vector<std::string>> events(Deadline deadline) override { return ledger_.events(deadline); }
    Result<std::optional<std::string>> event_of_topic(Deadline deadline) override { return ledger_.event_of_topic(deadline); }
    Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) override { return ledger_.coupons(round, deadline); }
    Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) override {
        return ledger_.coupons_after(round, slot, most, deadline);
    }
    Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline deadline) override {
        return ledger_.coupons_of(round, user, deadline);
    }
    Result<std::int64_t> coupon_count(Round round, Deadline deadline) override { return ledger_.coupon_count(round, deadline); }
    Result<std::vector<Fence>> fences(Round round, Deadline deadline) override { return ledger_.fences(round, deadline); }
    Result<std::vector<FailedEvent>> failed(Deadline deadline) override { return ledger_.failed(deadline); }
    Result<std::vector<RecordIdentity>> failed_identities(Deadline deadline) override { return ledger_.failed_identities(deadline); }
    Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                  Deadline deadline) override {
        return ledger_.open_failed(after, most, deadline);
    }
    Result<NamedClaims> failed_claims(Round round, Deadline deadline) override { return ledger_.failed_claims(round, deadline); }
    Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) override {
        return ledger_.failed_counts(which, deadline);
    }
    Result<SettledTopic> settled_topic(Deadline deadline) override { return ledger_.settled_topic(deadline); }
    Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) override {
        return ledger_.purge_offsets(round, deadline);
    }
    Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) override {
        if (on_snapshot_) on_snapshot_();
        return ledger_.snapshot(round, deadline);
    }
    Result<LedgerSettings> settings(Deadline deadline) override { return ledger_.settings(deadline); }

private:
    LedgerReader& ledger_;
    const std::function<void()>& on_snapshot_;
};

/// A round of 10 in which users 1 to 5 were granted and have their rows.
struct Event : FakeEvent {
    explicit Event(std::int64_t users = 5) {
        REQUIRE(reset(wishes(10)));
        for (std::int64_t user = 1; user <= users; ++user)
            grant_to(user);
        work();
        settings.event = "coupon";
        settings.topic = "coupon_create";
    }

    [[nodiscard]] RecoverPorts recover_ports() {
        AuditPorts look;
        look.open_ledger = [&]() -> Result<std::unique_ptr<LedgerReader>> {
            return std::unique_ptr<LedgerReader>(std::make_unique<LentLedger>(ledger, on_snapshot));
        };
        look.open_topic = [&]() -> Result<std::unique_ptr<TopicLog>> {
            return std::unique_ptr<TopicLog>(std::make_unique<FakeTopicLog>(broker));
        };
        look.open_gate = [&]() -> Result<std::unique_ptr<GateReader>> {
            return std::unique_ptr<GateReader>(std::make_unique<LentReader>(gate));
        };
        return {look, gate, publisher, ledger, world};
    }
    Status plan() {
        found = {};
        return plan_recovery(settings, recover_ports(), found);
    }
    Status recover() {
        if (auto planned = plan(); !planned) return planned;
        return carry_out(settings, recover_ports(), found);
    }

    void lose_row(std::int64_t slot) { ledger.tables().coupons[{"coupon", Round(1)}].erase(Slot(slot)); }
    void lose_record(std::int64_t user) { broker.partitions[static_cast<std::size_t>(user % 4)].records.clear(); }
    /// As if a worker of another database had read this record.
    void fail(const SourcePosition& at, const std::string& reason) {
        const auto record = broker.record_at(at);
        ledger.tables().failed.emplace(
            std::pair("coupon_create", identity_of(record)),
            failed_record_of("coupon_create", read_record(record), record, {RecordClass::failed, FailedKind::conflict, reason}));
    }
    /// The worker reads on at every pause.
    void run_worker() {
        world.on_pause = [&] { work(); };
    }

    std::function<void()> on_snapshot;
    RecoverSettings settings;
    RecoverReport found;
};

std::string names_of(const std::vector<Finding>& findings) {
    std::string names;
    for (const auto& finding : findings)
        names += finding.name + "; ";
    return names;
}

} // namespace

TEST_CASE("a healthy event has nothing to recover, at once") {
    Event event;
    const auto start = event.world.now();
    REQUIRE(event.plan());
    CHECK(event.found.open().is_empty());
    CHECK(event.found.moving.empty());
    CHECK(event.found.round == Round(1));
    CHECK(event.world.now() == start);
}

TEST_CASE("skipped records, failed events, pending and lost claims are brought on; again there is nothing to do") {
    Event event;
    event.lose_row(1);
    event.lose_row(2);
    event.lose_record(2);
    event.lose_row(3);
    event.fail({3, 0}, "round 1 of event coupon is unknown");
    const auto pending = event.claim_for(8);
    event.gate.now += Milliseconds(60'000);
    REQUIRE(event.plan());
    CHECK(event.found.plan.skipped == std::vector<SourcePosition>{{1, 0}});
    CHECK(event.found.plan.issuable.size() == 1);
    CHECK(event.found.plan.pending == std::vector<Grant>{pending});
    CHECK(event.found.plan.lost.size() == 1);
    CHECK_MESSAGE(event.rows_of(1) == 2, "a plan changes nothing");

    event.run_worker();
    const auto recovered = event.recover();
    REQUIRE_MESSAGE(recovered, recovered.fault().message);
    CHECK(event.found.done->issued == 1);
    CHECK(event.found.done->issued_at_last == 1);
    CHECK(event.found.done->published == 2);
    REQUIRE(event.found.left);
    CHECK_MESSAGE(event.found.left->is_empty(), names_of(event.found.left->for_a_person));
    CHECK(event.rows_of(1) == 6);
    CHECK(event.gate.memory->outbox.empty());

    REQUIRE(event.recover());
    CHECK(event.found.plan.is_empty());
    CHECK(event.found.done->published == 0);
    CHECK(event.rows_of(1) == 6);
}

TEST_CASE("without a worker what was published waits, which is said and not done twice") {
    Event event;
    event.lose_row(2);
    event.lose_record(2);
    REQUIRE(event.recover());
    CHECK(event.found.done->published == 1);
    REQUIRE(event.found.left);
    CHECK_FALSE(event.found.left->has_work());
    CHECK(names_of(event.found.left->for_a_person).find("1 record on the topic that no worker has read yet") != std::string::npos);
    REQUIRE(event.recover());
    CHECK(event.found.done->published == 0);
    event.work();
    REQUIRE(event.recover());
    CHECK(event.found.plan.is_empty());
}

TEST_CASE("while a reset is at work nothing is looked at; while a recovery is at work no reset begins") {
    Event event;
    event.ledger.tables().reset_locks.clear(); // The reset that opened the round has ended.
    FakeLedger other("coupon", "coupon_create", std::shared_ptr<FakeTables>(&event.ledger.tables(), [](FakeTables*) {}));
    {
        FakeLedger resetting("coupon", "coupon_create", std::shared_ptr<FakeTables>(&event.ledger.tables(), [](FakeTables*) {}));
        REQUIRE(resetting.lock_resets(event.soon()));
        const auto planned = event.plan();
        REQUIRE_FALSE(planned);
        CHECK(planned.fault().kind == FaultKind::already_running);
    }
    REQUIRE(event.plan());
    const auto locked = other.lock_resets(event.soon());
    REQUIRE_FALSE(locked);
    CHECK(locked.fault().kind == FaultKind::already_running);
}

TEST_CASE("an event that never stands still cannot be told") {
    Event event;
    std::int64_t user = 100;
    event.broker.partitions[1].committed = 0;
    event.world.on_pause = [&] { event.publish({Round(1), Epoch(1), Slot(1), UserId(++user), {}}); };
    event.lose_row(1);
    REQUIRE(event.recover());
    CHECK_FALSE(event.found.moving.empty());
    CHECK(event.found.plan.is_empty());
    CHECK(event.found.done->issued == 0);
}

TEST_CASE("claims that move while the stores are read are looked at again") {
    Event event;
    int looks = 0;
    event.on_snapshot = [&] {
        if (++looks > 1) return;
        event.grant_to(9);
        event.work();
    };
    REQUIRE(event.plan());
    CHECK(looks == 2);
    CHECK(event.found.open().is_empty());
}

TEST_CASE("a claim within its grace is waited for, not published") {
    Event event;
    event.claim_for(8);
    event.gate.now += Milliseconds(1000);
    event.world.on_pause = [&] { event.gate.now += Milliseconds(200); };
    REQUIRE(event.plan());
    CHECK(event.found.plan.pending.size() == 1);
    CHECK(event.found.plan.lost.empty());
    CHECK(event.gate.now - event.gate.memory->outbox.at(UserId(8)).granted_at >= event.settings.grace);
}

TEST_CASE("a gate that is gone or not armed is left to a worker, which arms it; records that prove their claims are issued before") {
    Event event;
    event.lose_row(1);
    SUBCASE("gone") {
        event.gate.memory.reset();
    }
    SUBCASE("not armed") {
        event.gate.restart();
    }
    REQUIRE(event.recover());
    CHECK(event.found.done->issued == 1);
    CHECK(event.rows_of(1) == 5);
    REQUIRE(event.found.left);
    CHECK_FALSE(event.found.left->has_work());
    CHECK(event.found.left->for_a_person.size() >= 1);
    REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "armer", Milliseconds(5000)));
    REQUIRE(event.plan());
    CHECK(event.found.plan.is_empty());
}

TEST_CASE("a failed event is not issued once the gate was armed again since it was compared with the claims") {
    Event event;
    event.lose_row(3);
    event.fail({3, 0}, "round 1 of event coupon is unknown");
    REQUIRE(event.plan());
    event.gate.restart();
    REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "armer", Milliseconds(5000)));
    const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
    REQUIRE_FALSE(carried);
    CHECK(carried.fault().kind == FaultKind::not_quiescent);
    CHECK(carried.fault().hint == "the gate was armed again meanwhile; run this again");
    CHECK(event.rows_of(1) == 4);
    REQUIRE(event.recover());
    CHECK(event.rows_of(1) == 5);
}

TEST_CASE("what was published under an epoch that ended is fenced, and published once more") {
    Event event;
    event.lose_row(2);
    event.lose_record(2);
    REQUIRE(event.plan());
    event.gate.restart();
    REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "armer", Milliseconds(5000)));
    event.run_worker();
    REQUIRE(carry_out(event.settings, event.recover_ports(), event.found));
    CHECK(event.rows_of(1) == 4);
    REQUIRE(event.found.left);
    CHECK(event.found.left->lost.size() == 1);
    REQUIRE(event.recover());
    CHECK(event.rows_of(1) == 5);
    CHECK(event.found.left->is_empty());
}

TEST_CASE("servers that are away, or lose their answers, are said; what was done stays done") {
    Event event;
    event.lose_row(1);
    SUBCASE("the ledger before there is a plan") {
        event.ledger.meet(LedgerTrouble::unreachable);
        CHECK(event.plan().fault().kind == FaultKind::unreachable);
    }
    SUBCASE("the broker before there is a plan") {
        event.broker.broker = BrokerTrouble::away;
        CHECK(event.plan().fault().kind == FaultKind::unreachable);
    }
    SUBCASE("the gate before there is a plan") {
        event.gate.meet(GateTrouble::unreachable);
        CHECK(event.plan().fault().kind == FaultKind::unreachable);
    }
    SUBCASE("no round") {
        event.ledger.tables().rounds.clear();
        CHECK(event.plan().fault().kind == FaultKind::missing);
    }
    SUBCASE("the ledger's answer to the skipped record is lost, and it is asked again") {
        REQUIRE(event.plan());
        bool was_lost = false;
        event.ledger.on_issue = [&](auto) {
            if (!std::exchange(was_lost, true)) event.ledger.meet(LedgerTrouble::reply_lost, 1);
        };
        REQUIRE(carry_out(event.settings, event.recover_ports(), event.found));
        CHECK(event.found.done->issued == 1);
        CHECK(event.rows_of(1) == 5);
    }
    SUBCASE("the broker does not acknowledge") {
        event.lose_row(2);
        event.lose_record(2);
        REQUIRE(event.plan());
        event.broker.meet(DeliveryTrouble::refused, 1);
        const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
        REQUIRE_FALSE(carried);
        CHECK(carried.fault().kind == FaultKind::unknown);
        CHECK(carried.fault().hint == "run it again: a record that comes twice is issued once");
        CHECK(event.found.done->issued == 1);
        CHECK_FALSE(event.found.left);
        REQUIRE(event.recover());
        event.work();
        CHECK(event.rows_of(1) == 5);
    }
    SUBCASE("a stop request") {
        REQUIRE(event.plan());
        event.world.stop();
        const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
        REQUIRE_FALSE(carried);
        CHECK(carried.fault().kind == FaultKind::interrupted);
        CHECK(carried.fault().hint == "run it again; what was done stays done");
        CHECK(event.rows_of(1) == 4);
        event.world.start_again();
        REQUIRE(event.recover());
        CHECK(event.rows_of(1) == 5);
    }
}

TEST_CASE("a recovery issues nothing for a ledger that lost an arming, whose fences it does not know") {
    Event event;
    const auto lost = event.claim_for(8);
    event.publish(lost);
    for (auto& one : event.broker.partitions)
        one.committed = one.high;
    event.gate.memory->fields.epoch = Epoch(2);
    const auto planned = event.plan();
    REQUIRE_FALSE(planned);
    CHECK(planned.fault().message == "round 1 was in epoch 2, and the ledger says 1: the ledger lost an arming");
    CHECK(event.rows_of(1) == 5);
}

TEST_CASE("what a stranger in the group committed is issued from the log, while it is still there, and a person is told to end it") {
    Event event;
    event.broker.strangers = {{"rdkafka", "/10.0.0.7", {0, 1, 2, 3}}};
    const auto skipped = event.claim_for(8);
    event.publish(skipped);
    event.confirm(skipped);
    for (auto& one : event.broker.partitions)
        one.committed = one.high;
    REQUIRE(event.plan());
    CHECK(event.found.plan.skipped.size() == 1);
    REQUIRE(carry_out(event.settings, event.recover_ports(), event.found));
    CHECK(event.rows_of(1) == 6);
    REQUIRE(event.found.left);
    CHECK(event.found.left->skipped.empty());
    REQUIRE(event.found.left->for_a_person.size() == 1);
    CHECK(event.found.left->for_a_person.front().name ==
          "client rdkafka at /10.0.0.7 (partitions 0 1 2 3) is in the workers' group and no coupon-consume");
}

TEST_CASE("what a stranger holds and does not commit is issued from the log as well, without waiting for it") {
    Event event;
    event.broker.strangers = {{"rdkafka", "/10.0.0.7", {0, 1, 2, 3}}};
    const auto held = event.claim_for(8);
    event.publish(held);
    event.confirm(held);
    const Tick begun = event.world.now();
    REQUIRE(event.plan());
    CHECK(event.found.plan.skipped.size() == 1);
    CHECK(event.world.now() - begun < Milliseconds(10'000));
    REQUIRE(carry_out(event.settings, event.recover_ports(), event.found));
    CHECK(event.rows_of(1) == 6);
}

TEST_CASE("records of partitions that no stranger holds are left to the workers") {
    Event event;
    event.broker.strangers = {{"rdkafka", "/10.0.0.7", {1}}};
    const auto unread = event.claim_for(8);
    event.publish(unread);
    event.confirm(unread);
    REQUIRE(event.plan());
    CHECK(event.found.plan.skipped.empty());
}

TEST_CASE("a recovery finds nothing to do where the offsets expired and every record is settled, and names the group where one is not") {
    Event event;
    const auto expire = [&] {
        for (auto& one : event.broker.partitions)
            one.committed.reset();
    };
    expire();
    REQUIRE(event.plan());
    CHECK(event.found.plan.for_a_person.empty());
    event.broker.put(0, {std::nullopt, "not kept", {}});
    expire();
    REQUIRE(event.plan());
    REQUIRE(event.found.plan.for_a_person.size() == 1);
    CHECK(event.found.plan.for_a_person.front().name.find("has no committed offset: it expired") != std::string::npos);
}

TEST_CASE("a claim that cannot be confirmed is confirmed by the next run") {
    Event event;
    event.claim_for(8);
    event.gate.now += Milliseconds(60'000);
    REQUIRE(event.plan());
    event.gate.meet(GateTrouble::unreachable);
    const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
    REQUIRE_FALSE(carried);
    CHECK(carried.fault().hint == "run it again: a claim that stays pending is published and confirmed again");
    CHECK(event.gate.memory->outbox.size() == 1);
    event.gate.meet(GateTrouble::none);
    REQUIRE(event.recover());
    CHECK(event.gate.memory->outbox.empty());
    event.work();
    CHECK(event.rows_of(1) == 6);
}

TEST_CASE("a log that went after the plan was made is told, and the next run issues what is there") {
    Event event;
    event.gate.restart();
    REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "armer", Milliseconds(5000)));
    event.lose_row(1);
    REQUIRE(event.plan());
    REQUIRE(event.found.plan.skipped.size() == 1);
    event.broker.create(4);
    const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
    REQUIRE_FALSE(carried);
    CHECK(carried.fault().hint == "run it again: the plan was made before");
    REQUIRE(event.recover());
    event.work();
    CHECK(event.rows_of(1) == 5);
}

TEST_CASE("a recovery that may not publish is denied") {
    Event event;
    event.claim_for(8);
    event.gate.now += Milliseconds(60'000);
    REQUIRE(event.plan());
    REQUIRE(event.found.plan.pending.size() == 1);
    event.broker.broker = BrokerTrouble::denied;
    const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
    REQUIRE_FALSE(carried);
    CHECK(carried.fault().kind == FaultKind::denied);
    CHECK(event.found.done->published == 0);
}

TEST_CASE("a recovery whose records the topic does not take names the first reason") {
    Event event;
    event.claim_for(8);
    event.gate.now += Milliseconds(60'000);
    REQUIRE(event.plan());
    event.broker.meet(DeliveryTrouble::refused);
    const auto carried = carry_out(event.settings, event.recover_ports(), event.found);
    REQUIRE_FALSE(carried);
    CHECK(carried.fault().message == "the topic acknowledged 0 of 1 records: not published to the fake topic");
}

TEST_CASE("of a long topic each skipped record is given to the ledger, and only these") {
    Event event(0);
    REQUIRE(event.reset(FakeEvent::wishes(3000)));
    for (std::int64_t user = 1; user <= 3000; ++user)
        event.grant_to(user);
    event.work();
    for (std::int64_t slot = 1; slot <= 3000; slot += 2)
        event.ledger.tables().coupons[{"coupon", Round(2)}].erase(Slot(slot));
    REQUIRE(event.recover());
    CHECK(event.found.done->issued == 1500);
    CHECK(event.rows_of(2) == 3000);
    CHECK(event.found.left->is_empty());
}

TEST_SUITE_END();
