#include "core/group_watch.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace coupon {

namespace {

using Due = GroupWatch::Due;

/// A group watch on a clock of its own.
struct Watched {
    GroupWatch watch;
    Tick now = Tick{} + std::chrono::hours(1);

    /// What it says in all while the membership is the same for that long, looked at every 300 ms.
    std::vector<Due> say_for(const Membership& membership, Milliseconds time) {
        std::vector<Due> said;
        for (const Tick until = now + time; now < until; now += Milliseconds(300)) {
            const auto due = watch.look(membership, now);
            if (due != Due::nothing) said.push_back(due);
        }
        return said;
    }
};

const Membership outside{false, 0, 0, false, "INCONSISTENT_GROUP_PROTOCOL (JoinGroup failed)"};
const Membership idle{true, 0, 1, false, ""};
const Membership working{true, 2, 1, false, ""};
const Membership broker_away{false, 0, 0, true, ""};

GroupSight sight_of(std::vector<GroupMember> members) {
    GroupSight sight;
    sight.brokers = "here:9092";
    sight.group = "coupon_issuer";
    sight.members = std::move(members);
    return sight;
}

bool has(const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
}

} // namespace

TEST_SUITE("core/group_watch") {

    TEST_CASE("a worker outside its group for 10 s is told once, and once when the group has answered") {
        Watched it;
        CHECK(it.say_for(outside, Milliseconds(9'900)).empty());
        CHECK(it.say_for(outside, Milliseconds(60'000)) == std::vector{Due::outside});
        CHECK(it.say_for(working, Milliseconds(60'000)) == std::vector{Due::back});
        CHECK(it.say_for(outside, Milliseconds(60'000)) == std::vector{Due::outside});
    }

    TEST_CASE("a rebalance of less than 10 s is not told") {
        Watched it;
        for (int i = 0; i < 5; ++i) {
            CHECK(it.say_for(working, Milliseconds(3'000)).empty());
            CHECK(it.say_for(outside, Milliseconds(9'600)).empty());
        }
    }

    TEST_CASE("while no broker answers the group is not to blame, and its time begins when one does") {
        Watched it;
        CHECK(it.say_for(broker_away, Milliseconds(60'000)).empty());
        CHECK(it.say_for(outside, Milliseconds(9'600)).empty());
        CHECK(it.say_for(outside, Milliseconds(3'000)) == std::vector{Due::outside});
    }

    TEST_CASE("a worker without a partition is told once until it has had one") {
        Watched it;
        CHECK(it.say_for(idle, Milliseconds(1'800)).empty());
        CHECK(it.say_for(idle, Milliseconds(60'000)) == std::vector{Due::idle});
        CHECK(it.say_for(outside, Milliseconds(3'000)).empty());
        CHECK(it.say_for(idle, Milliseconds(60'000)).empty());
        CHECK(it.say_for(working, Milliseconds(3'000)).empty());
        CHECK(it.say_for(idle, Milliseconds(60'000)) == std::vector{Due::idle});
    }

    TEST_CASE("the warning has the last error by name, the group, the other members and the remedy") {
        const auto text = outside_text(outside, sight_of({{"rdkafka", "/10.0.0.7", {0, 1}}}), "coupon_issuer");
        CHECK(has(text, "no answer of group coupon_issuer for 10 s"));
        CHECK(has(text, "INCONSISTENT_GROUP_PROTOCOL"));
        CHECK(has(text, "client rdkafka at /10.0.0.7 (partitions 0 1)"));
        CHECK(has(text, "another assignor"));
        CHECK(has(text, "kafka-consumer-groups.sh --bootstrap-server here:9092 --describe --group coupon_issuer --members --verbose"));
    }

    TEST_CASE("each refusal of a group has its remedy") {
        struct Row {
            const char* error;
            const char* remedy;
        };
        for (const auto& row : {Row{"GROUP_MAX_SIZE_REACHED", "group.max.size"}, Row{"UNKNOWN_MEMBER_ID", "--members --verbose"},
                                Row{"", "--members --verbose"}}) {
            const auto text = outside_text({false, 0, 0, false, row.error}, sight_of({}), "coupon_issuer");
            CAPTURE(text);
            CHECK(has(text, row.error));
            CHECK(has(text, row.remedy));
            CHECK(has(text, "it has no other member"));
        }
    }

    TEST_CASE("a group without a coordinator, or that cannot be asked, is told as that") {
        auto sight = sight_of({});
        sight.members.reset();
        sight.has_coordinator = false;
        const auto lost = outside_text({false, 0, 0, false, ""}, sight, "coupon_issuer");
        CHECK(has(lost, "COORDINATOR_NOT_AVAILABLE"));
        CHECK(has(lost, "offsets.topic.replication.factor"));
        const Fault fault{FaultKind::unreachable, "its broker 1 does not answer at there:1", "correct advertised.listeners"};
        const auto away = outside_text({false, 0, 0, false, ""}, fault, "coupon_issuer");
        CHECK(has(away, "does not answer at there:1"));
        CHECK(has(away, "correct advertised.listeners"));
    }

    TEST_CASE("a worker without a partition names the members that hold them") {
        const auto text = idle_text(sight_of({{"coupon", "/10.0.0.1", {0, 1}}, {"coupon", "/10.0.0.2", {}}, {"coupon", "/10.0.0.3", {2}}}),
                                    "coupon_issuer");
        CHECK(has(text, "client coupon at /10.0.0.1 (partitions 0 1), client coupon at /10.0.0.3 (partition 2)"));
        CHECK_FALSE(has(text, "10.0.0.2"));
        CHECK(has(idle_text(Fault{FaultKind::unreachable, "no answer", ""}, "coupon_issuer"), "hold all of them;"));
    }

    TEST_CASE("members of a group are counted where they are alike, and the first ten are named") {
        const GroupMember one{"rdkafka", "/10.0.0.7", {}};
        CHECK(text_of(std::vector{one, one}) == "2 x client rdkafka at /10.0.0.7 (no partition)");
        std::vector<GroupMember> many;
        for (int i = 0; i < 13; ++i)
            many.push_back({"rdkafka", "/10.0.0." + std::to_string(i), {}});
        CHECK(has(text_of(many), "/10.0.0.9 (no partition) and 3 more"));
    }

    TEST_CASE("a member is a stranger unless it has the client id of the suite, or of the program that asks") {
        auto sight = sight_of({{"coupon", "/10.0.0.1", {0}}, {"rdkafka", "/10.0.0.7", {1}}, {"renamed", "/10.0.0.2", {2}}});
        sight.client_id = "renamed";
        CHECK(strangers_in(sight) == std::vector<GroupMember>{{"rdkafka", "/10.0.0.7", {1}}});
        sight.members.reset();
        CHECK(strangers_in(sight).empty());
    }

    TEST_CASE("the members are asked for soon after each answer of the group, and every 30 s") {
        MemberWatch watch;
        Tick now = Tick{} + std::chrono::hours(1);
        const auto asks_within = [&](const Membership& membership, Milliseconds time) {
            int asks = 0;
            for (const Tick until = now + time; now < until; now += Milliseconds(100))
                asks += watch.is_due(membership, now) ? 1 : 0;
            return asks;
        };
        CHECK(asks_within({false, 0, 0, false, ""}, Milliseconds(60'000)) == 0);
        CHECK(asks_within({true, 4, 1, false, ""}, Milliseconds(900)) == 0);
        CHECK(asks_within({true, 4, 1, false, ""}, Milliseconds(1'000)) == 1);
        CHECK(asks_within({true, 4, 1, false, ""}, Milliseconds(60'000)) == 2);
        // Another member came and went before this worker was looked at.
        CHECK(asks_within({true, 4, 3, false, ""}, Milliseconds(2'000)) == 1);
        CHECK(asks_within({false, 0, 3, false, ""}, Milliseconds(60'000)) == 0);
        CHECK(asks_within({true, 2, 4, false, ""}, Milliseconds(2'000)) == 1);
    }

    TEST_CASE("a stranger is named by client id, host and partitions, with what helps; workers alone are not told") {
        CHECK(strangers_text(sight_of({{"coupon", "/10.0.0.1", {0, 1, 2, 3}}})).empty());
        const auto one = strangers_text(sight_of({{"coupon", "/10.0.0.1", {0, 1}}, {"rdkafka", "/10.0.0.7", {2, 3}}}));
        CHECK(has(one, "client rdkafka at /10.0.0.7 (partitions 2 3) is in group coupon_issuer and no coupon-consume: no worker issues"));
        CHECK(has(one, "coupon-consume --recover --yes"));
        const auto idle_ones = strangers_text(sight_of({{"rdkafka", "/10.0.0.7", {}}, {"java", "/10.0.0.8", {}}}));
        CHECK(has(idle_ones, "are in group coupon_issuer and no coupon-consume: it takes partitions when a worker ends"));
    }

    TEST_CASE("members that are not told are said to be unknown, with Kafka's command that lists them") {
        auto sight = sight_of({});
        CHECK(untold_text(sight).empty());
        sight.members.reset();
        sight.untold = "it uses another protocol";
        CHECK(has(untold_text(sight), "the members of group coupon_issuer are not known: it uses another protocol"));
        CHECK(has(untold_text(sight),
                  "kafka-consumer-groups.sh --bootstrap-server here:9092 --describe --group coupon_issuer --members --verbose"));
        sight.has_coordinator = false;
        CHECK(untold_text(sight).empty());
    }

} // TEST_SUITE

} // namespace coupon
