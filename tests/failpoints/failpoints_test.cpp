#include "failpoints/failpoints.hpp"

#include "failpoints/failing_gate.hpp"
#include "failpoints/failing_ledger.hpp"
#include "failpoints/failing_topic.hpp"
#include "fakes/fake_gate.hpp"
#include "fakes/fake_ledger.hpp"
#include "fakes/fake_topic.hpp"
#include "fakes/fake_world.hpp"
#include "flow/reset/reset.hpp"
#include "flow/worker/arming.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

TEST_SUITE_BEGIN("failpoints/failpoints");

namespace {

/// An event in memory behind ports that fail as ordered.
struct FailingEvent {
    explicit FailingEvent(const std::string& orders) : set(std::make_shared<FailpointSet>(*FailpointSet::parse(orders))) {}

    std::shared_ptr<FailpointSet> set;
    FakeWorld world;
    FakeBroker broker{4};
    FakeTopicLog log{broker};
    FakeGate* fake_gate = new FakeGate;                                  ///< owned by keeper
    FakeLedger* fake_ledger = new FakeLedger("coupon", "coupon_create"); ///< owned by ledger
    FailingKeeper keeper{std::unique_ptr<GateKeeper>(fake_gate), set};
    FailingLedger ledger{std::unique_ptr<Ledger>(fake_ledger), set};
    FailingAdmin admin{std::make_unique<FakeTopicAdmin>(broker), set};
    ResetReport report;

    Status reset(bool force = false) {
        ResetSettings settings;
        settings.event = "coupon";
        settings.topic = "coupon_create";
        settings.may_end.any = true;
        settings.force = force;
        settings.wait = Milliseconds(500);
        report = {};
        return coupon::reset(settings, {*fake_gate, keeper, admin, log, ledger, world}, report);
    }
    Result<Armed> arm() { return arm_again(*fake_gate, keeper, log, ledger, world, world.random_word(), Milliseconds(5000)); }

    [[nodiscard]] bool is_open() const {
        const auto& memory = fake_gate->memory;
        return memory && memory->fields.door == GateDoor::open && is_armed(memory->fields, fake_gate->server);
    }
    [[nodiscard]] Application application_of(std::int64_t user) const {
        return {UserId(user), "app-" + std::to_string(user), fake_gate->memory->fields.round};
    }
    /// The grant's record, signed with the newest round's key.
    [[nodiscard]] IssueRecord record(const Grant& grant) const {
        return record_of("coupon", grant, fake_ledger->tables().rounds.rbegin()->second.key);
    }
    Grant claim_for(std::int64_t user) {
        const auto reply = claim(fake_gate->memory, application_of(user), fake_gate->server, fake_gate->now);
        return reply ? reply->grant : Grant{};
    }
};

bool is_of(const Failpoint& failpoint, const std::string& start) {
    return std::string(failpoint.name).starts_with(start);
}

bool is_forced(const std::string& name) {
    return name == "reset-abandon" || name == "reset-give-up" || name == "reset-list-claims";
}

template <class Completion>
FaultKind fault_of(const Completion& completion) {
    return std::visit([](const auto& reply) { return reply.fault().kind; }, completion.reply);
}

} // namespace

TEST_CASE("a reset that fails after any step opens the event when it is run again") {
    for (const auto& failpoint : all_failpoints()) {
        if (!is_of(failpoint, "reset-")) continue;
        const std::string name = failpoint.name;
        CAPTURE(name);
        // The first reset passes some of these places, too; the second one is to fail.
        const bool is_passed_at_first =
            !is_forced(name) && name != "reset-close-ledger" && name != "reset-close-gate" && name != "reset-settle";
        FailingEvent event(name + "=error@" + (is_passed_at_first ? "2" : "1"));
        REQUIRE(event.reset());
        if (is_forced(name)) event.claim_for(1);
        const auto failed = event.reset(is_forced(name));
        if (name == "reset-purge") {
            CHECK(failed);
            CHECK(event.report.warnings.size() == 1);
        } else if (name == "reset-settle" || name == "reset-list-claims") {
            // A ledger that says "not now", as to the victim of a deadlock, is asked again.
            CHECK(failed);
        } else {
            CHECK_FALSE(failed);
        }
        // Whatever it had reached: not open, or open as it was to be.
        CHECK(event.reset());
        CHECK(event.is_open());
        CHECK(event.fake_gate->memory->claims.empty());
    }
}

TEST_CASE("arming that fails after any step arms the gate when it is begun again") {
    for (const auto& failpoint : all_failpoints()) {
        if (!is_of(failpoint, "arming-")) continue;
        CAPTURE(failpoint.name);
        FailingEvent event(std::string(failpoint.name) + "=error");
        REQUIRE(event.reset());
        const auto grant = event.claim_for(7);
        event.broker.put(3, encode(event.record(grant)));
        event.fake_gate->memory.reset();
        CHECK_FALSE(event.arm());
        const auto again = event.arm();
        // Where only the reply to the last step was lost there is nothing left to do.
        CHECK((again || again.fault().kind == FaultKind::conflict));
        CHECK(event.is_open());
        CHECK(event.fake_gate->memory->claims.contains(UserId(7)));
    }
}

TEST_CASE("only a granted claim and a confirmed one count at the gate") {
    FailingEvent event("after-claim=error@2,after-confirm=error");
    REQUIRE(event.reset());
    FailingGate gate(std::make_unique<FakeGate>(*event.fake_gate), event.set);
    std::vector<GateCompletion> out;
    gate.submit(1, event.application_of(1), {});
    gate.submit(2, {UserId(1), "another", Round(1)}, {});
    gate.submit(3, event.application_of(3), {});
    CHECK(gate.poll(out, Milliseconds(0)) == 3);
    const auto granted = std::get<Result<ClaimReply>>(out[0].reply);
    REQUIRE(granted);
    CHECK(std::get<Result<ClaimReply>>(out[1].reply)->kind == ClaimReply::Kind::duplicate);
    CHECK(fault_of(out[2]) == FaultKind::unknown);
    for (int i = 0; i < 2; ++i)
        gate.submit_confirm(4, granted->grant, {});
    CHECK(gate.poll(out, Milliseconds(0)) == 2);
    CHECK(fault_of(out[3]) == FaultKind::unknown);
    CHECK(*std::get<Result<ConfirmReply>>(out[4].reply) == ConfirmReply::confirmed);
}

TEST_CASE("a record whose report is lost is on the topic, and reported once") {
    for (const std::string name : {"after-enqueue", "after-delivery"}) {
        CAPTURE(name);
        FailingEvent event(name + "=error@2");
        FailingPublisher publisher(std::make_unique<FakePublisher>(event.broker), event.set);
        for (std::uint64_t ticket = 0; ticket < 3; ++ticket)
            publisher.submit(ticket, {"coupon", {Round(1), Epoch(1), Slot(1), UserId(4), {}}});
        std::vector<Delivery> out;
        while (publisher.in_flight() > 0)
            publisher.poll(out, Milliseconds(0));
        REQUIRE(out.size() == 3);
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.ticket < b.ticket; });
        CHECK(out[0].report);
        CHECK(out[1].report.fault().kind == FaultKind::unknown);
        CHECK(out[2].report);
        CHECK(event.broker.partitions[0].high == 3);
    }
}

TEST_CASE("a worker's batch is undone, or done and not known to be") {
    FailingEvent event("after-commit=error,after-offset-commit=error");
    REQUIRE(event.reset());
    const SourceRecord record{{0, 0}, encode(event.record(event.claim_for(1)))};
    CHECK(event.ledger.issue({&record, 1}, {}).fault().kind == FaultKind::unknown);
    CHECK(event.ledger.issue({&record, 1}, {})->front().becomes == RecordClass::already_issued);

    FailingSubscriber subscriber(std::make_unique<FakeSubscriber>(event.broker), event.set);
    REQUIRE(subscriber.poll(Milliseconds(0)));
    CHECK(subscriber.commit({{0, 1}}, {}).fault().kind == FaultKind::unknown);
    CHECK(event.broker.partitions[0].committed == 1);
    CHECK(subscriber.commit({{0, 1}}, {}));
}

TEST_CASE("partitions taken away are a pass, partitions given are none") {
    FailingEvent event("on-revoke=error");
    FailingSubscriber subscriber(std::make_unique<FakeSubscriber>(event.broker), event.set);
    CHECK(std::get<AssignmentChanged>(*subscriber.poll(Milliseconds(0))).partitions.size() == 4);
    CHECK(std::holds_alternative<NothingCame>(*subscriber.poll(Milliseconds(0))));
    FakeSubscriber other(event.broker);
    REQUIRE(other.poll(Milliseconds(0)));
    CHECK(std::get<AssignmentChanged>(*subscriber.poll(Milliseconds(0))).partitions.size() == 2);
    CHECK(std::holds_alternative<BrokerAway>(*subscriber.poll(Milliseconds(0))));
    CHECK(std::holds_alternative<BrokerBack>(*subscriber.poll(Milliseconds(0))));
    CHECK(std::holds_alternative<NothingCame>(*subscriber.poll(Milliseconds(0))));
}

TEST_CASE("without an order every port is left as it is") {
    const auto failpoints = Failpoints::read("");
    REQUIRE(failpoints);
    FakeBroker broker;
    auto publisher = std::make_unique<FakePublisher>(broker);
    const auto* const itself = publisher.get();
    CHECK(failpoints->around(Result<std::unique_ptr<Publisher>>(std::move(publisher)))->get() == itself);
    CHECK_FALSE(failpoints->before_commit());
    CHECK(Failpoints::read("after-claim=kill")->before_commit());
    CHECK(Failpoints::read("x=kill").fault().kind == FaultKind::usage);
}

TEST_SUITE_END();
