#include "flow/worker/group_watcher.hpp"

#include "fakes/fake_topic.hpp"
#include "fakes/fake_world.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

using namespace coupon;

TEST_SUITE_BEGIN("flow/group_watcher");

namespace {

/// A watcher over a group in memory.
struct Watching {
    FakeBroker broker;
    FakeWorld world;
    FakeJournal journal;
    ConsumeSettings settings{.event = "coupon", .group = "coupon_issuer"};
    Membership membership;
    int opened = 0;

    void watch_for(Milliseconds time, const std::function<void()>& meanwhile = {}) {
        const auto open = [this]() -> Result<std::unique_ptr<TopicLog>> {
            ++opened;
            return std::unique_ptr<TopicLog>(std::make_unique<FakeTopicLog>(broker));
        };
        GroupWatcher watcher(settings, open, world, journal);
        const Tick until = world.now() + time;
        world.on_pause = [&] {
            if (meanwhile) meanwhile();
            watcher.note(membership);
            if (world.now() >= until) watcher.end();
        };
        watcher.run();
        watcher.rethrow();
        world.on_pause = nullptr;
    }
};

} // namespace

TEST_CASE("a worker outside its group gets one warning with the members, and one line when it is back") {
    Watching it;
    it.broker.strangers = {{"rdkafka", "/10.0.0.7", {0, 1}}};
    it.membership.last_error = "INCONSISTENT_GROUP_PROTOCOL (JoinGroup failed)";
    const Tick back_at = it.world.now() + Milliseconds(60'000);
    it.watch_for(Milliseconds(120'000), [&] {
        if (it.world.now() < back_at) return;
        it.membership = {true, 2, 1, false, ""};
        it.broker.strangers.clear();
    });
    CHECK(it.journal.count("warn: this worker has had no answer of group coupon_issuer for 10 s: INCONSISTENT_GROUP_PROTOCOL") == 1);
    CHECK(it.journal.count("client rdkafka at /10.0.0.7 (partitions 0 1)") == 1);
    CHECK(it.journal.count("info: group coupon_issuer has answered: this worker has 2 partitions") == 1);
    CHECK(it.journal.lines().size() == 2);
}

TEST_CASE("a worker whose coordinator cannot be asked is warned of all the same") {
    Watching it;
    it.broker.broker = BrokerTrouble::away;
    it.watch_for(Milliseconds(20'000));
    CHECK(it.journal.count("warn: this worker has had no answer of group coupon_issuer for 10 s: cannot reach the fake broker") == 1);
    CHECK(it.journal.lines().size() == 1);
}

TEST_CASE("a group without a coordinator is told as that, with the remedy") {
    Watching it;
    it.broker.has_coordinator = false;
    it.watch_for(Milliseconds(20'000));
    CHECK(it.journal.count("COORDINATOR_NOT_AVAILABLE") == 1);
    CHECK(it.journal.count("offsets.topic.replication.factor") == 1);
}

TEST_CASE("a worker without a partition says once, as information, that others hold them all") {
    Watching it;
    it.membership.is_answered = true;
    it.broker.strangers = {{"coupon", "/10.0.0.2", {0, 1, 2, 3}}};
    it.watch_for(Milliseconds(60'000));
    CHECK(it.journal.count("info: this worker has no partition: other members of group coupon_issuer hold all of them") == 1);
    CHECK(it.journal.count("client coupon at /10.0.0.2 (partitions 0 1 2 3)") == 1);
    CHECK(it.journal.lines().size() == 1);
}

TEST_CASE("a worker among workers tells nothing") {
    Watching it;
    it.membership = {true, 4, 1, false, ""};
    it.watch_for(Milliseconds(120'000));
    CHECK(it.journal.lines().empty());
    CHECK(it.opened == 1);
}

TEST_CASE("a stranger in the group is named once, again when it holds other partitions, and once when it is gone") {
    Watching it;
    it.membership = {true, 2, 1, false, ""};
    it.broker.strangers = {{"rdkafka", "/10.0.0.7", {2, 3}}};
    const Tick moves_at = it.world.now() + Milliseconds(100'000);
    const Tick ends_at = it.world.now() + Milliseconds(200'000);
    it.watch_for(Milliseconds(300'000), [&] {
        if (it.world.now() >= moves_at) it.broker.strangers = {{"rdkafka", "/10.0.0.7", {3}}};
        if (it.world.now() >= ends_at) it.broker.strangers.clear();
    });
    CHECK(it.journal.count("warn: client rdkafka at /10.0.0.7 (partitions 2 3) is in group coupon_issuer and no coupon-consume") == 1);
    CHECK(it.journal.count("warn: client rdkafka at /10.0.0.7 (partition 3) is in group coupon_issuer and no coupon-consume") == 1);
    CHECK(it.journal.count("info: group coupon_issuer has no member but coupon-consume") == 1);
    CHECK(it.journal.lines().size() == 3);
}

TEST_CASE("members that the broker does not tell are said to be unknown once, with Kafka's command") {
    Watching it;
    it.membership = {true, 2, 1, false, ""};
    it.broker.tells_members = false;
    it.watch_for(Milliseconds(120'000));
    CHECK(it.journal.count("warn: the members of group coupon_issuer are not known") == 1);
    CHECK(it.journal.count("kafka-consumer-groups.sh") == 1);
    CHECK(it.journal.lines().size() == 1);
}

TEST_CASE("a broker that refuses to name the members is told once; one that is away is told elsewhere") {
    Watching it;
    it.membership = {true, 2, 1, false, ""};
    it.broker.broker = BrokerTrouble::away;
    it.watch_for(Milliseconds(120'000));
    CHECK(it.journal.lines().empty());
    it.broker.broker = BrokerTrouble::denied;
    it.watch_for(Milliseconds(120'000));
    CHECK(it.journal.count("warn: the fake broker refuses the login; who is in the group is not known") == 1);
    CHECK(it.journal.lines().size() == 1);
}
