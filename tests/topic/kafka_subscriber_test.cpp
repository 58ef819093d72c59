#include "topic/kafka/kafka_subscriber.hpp"

#include "topic/mock_cluster.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace coupon;

namespace {

std::unique_ptr<KafkaSubscriber> open_member(const KafkaOptions& options) {
    auto member = KafkaSubscriber::open(options);
    REQUIRE(member);
    return std::move(*member);
}

Deadline in(Milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

std::optional<Fault> next_fault(Subscriber& member, Deadline deadline = soon()) {
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto polled = member.poll(Milliseconds(50)); !polled) return polled.fault();
    }
    return std::nullopt;
}

} // namespace

TEST_SUITE_BEGIN("topic/kafka_subscriber");

TEST_CASE("a broker that goes away is told once, and once when it is back; the records come as if nothing had been") {
    MockCluster cluster(1);
    ForeignClient foreign(RD_KAFKA_PRODUCER, cluster.options().brokers);
    foreign.put(cluster.options().topic, 0, {"1", "one", {}});
    const auto member = open_member(cluster.options());
    REQUIRE(records_of(*member, 1).size() == 1);
    cluster.go_down();
    const auto away = next<BrokerAway>(*member);
    REQUIRE(away);
    CHECK(away->fault.kind == FaultKind::unreachable);
    CHECK(away->fault.message.find(cluster.options().brokers) != std::string::npos);
    CHECK_FALSE(next<BrokerAway>(*member, in(Milliseconds(700))));
    const auto commit = member->commit({{0, 1}}, in(Milliseconds(300)));
    REQUIRE_FALSE(commit);
    CHECK(commit.fault().kind == FaultKind::unknown);
    cluster.come_up();
    REQUIRE(next<BrokerBack>(*member));
    foreign.put(cluster.options().topic, 0, {"2", "two", {}});
    const auto records = records_of(*member, 1);
    REQUIRE(records.size() == 1);
    CHECK(records[0].at == SourcePosition{0, 1});
}

TEST_CASE("a commit ends at its deadline, its outcome unknown, and the next one has its own answer") {
    MockCluster cluster(1);
    const auto member = open_member(cluster.options());
    REQUIRE(share({member.get()}, 1));
    cluster.delay_answer(offset_commit_request, Milliseconds(3000));
    std::optional<Fault> told;
    const auto took = milliseconds_of([&] {
        const auto done = member->commit({{0, 1}}, in(Milliseconds(200)));
        if (!done) told = done.fault();
    });
    REQUIRE(told);
    CHECK(told->kind == FaultKind::unknown);
    CHECK(told->hint == "a running coupon-consume reads the records again if it failed");
    CHECK(took < 2000);
    CHECK(member->commit({{0, 2}}, soon()));
}

TEST_CASE("the coordinator's answers to a commit have their own kinds") {
    struct Row {
        rd_kafka_resp_err_t error;
        FaultKind told;
    };
    // A lost membership is the last thing a member is told of; the others leave it a member.
    const Row refused{RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, FaultKind::refused};
    const Row denied{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, FaultKind::denied};
    for (const auto& rows : {std::vector<Row>{refused, denied, {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, FaultKind::not_mine}},
                             std::vector<Row>{{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, FaultKind::not_mine}},
                             std::vector<Row>{{RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, FaultKind::not_mine}}}) {
        MockCluster cluster(1);
        const auto member = open_member(cluster.options());
        REQUIRE(share({member.get()}, 1));
        for (const auto& row : rows) {
            cluster.refuse(offset_commit_request, 1, row.error);
            const auto done = member->commit({{0, 1}}, soon());
            REQUIRE_FALSE(done);
            CHECK_MESSAGE(done.fault().kind == row.told, rd_kafka_err2str(row.error));
        }
    }
}

TEST_CASE("a group this user may not join ends the member at once") {
    MockCluster cluster(1);
    cluster.refuse(find_coordinator_request, 100, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    const auto member = open_member(cluster.options());
    const auto fault = next_fault(*member, in(Milliseconds(3000)));
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::denied);
}

TEST_CASE("a fatal error of the client ends the member, with its name") {
    MockCluster cluster(1);
    const auto member = open_member(cluster.options());
    REQUIRE(share({member.get()}, 1));
    member->break_consumer(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    const auto fault = next_fault(*member, in(Milliseconds(3000)));
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::corrupt);
    CHECK(fault->message.find("UNKNOWN_MEMBER_ID") != std::string::npos);
    CHECK(fault->hint == "start the program again");
    // In another group: the mock's coordinator may wait long for the member that is gone.
    auto options = cluster.options();
    options.group += "-again";
    const auto started_again = open_member(options);
    CHECK(share({started_again.get()}, 1));
}

TEST_CASE("a member whose instance id another one has taken is told to have its own") {
    MockCluster cluster(1);
    const auto member = open_member(cluster.options());
    REQUIRE(share({member.get()}, 1));
    member->break_consumer(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    const auto fault = next_fault(*member, in(Milliseconds(3000)));
    REQUIRE(fault);
    CHECK(fault->hint == "give each worker its own -X group.instance.id, then start the program again");
}

TEST_CASE("a member knows whether its group has answered, and by what name it was turned away") {
    MockCluster cluster(1);
    cluster.refuse(join_group_request, 1000, RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL);
    const auto member = open_member(cluster.options());
    CHECK_FALSE(next_fault(*member, in(Milliseconds(1500))));
    CHECK_FALSE(member->membership().is_answered);
    CHECK(member->membership().last_error.find("INCONSISTENT_GROUP_PROTOCOL") == 0);
    rd_kafka_mock_clear_request_errors(cluster.get(), join_group_request);
    REQUIRE(share({member.get()}, 1));
    CHECK(member->membership() == Membership{true, 1, 1, false, ""});
}

TEST_CASE("a broker that does not know the topic for a moment is not believed") {
    MockCluster cluster(1);
    rd_kafka_mock_topic_set_error(cluster.get(), cluster.options().topic.c_str(), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    const auto member = open_member(cluster.options());
    CHECK_FALSE(next_fault(*member, in(Milliseconds(700))));
    rd_kafka_mock_topic_set_error(cluster.get(), cluster.options().topic.c_str(), RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(share({member.get()}, 1));
}

TEST_CASE("a member leaves and ends within its time, also when the broker is gone or was never there") {
    MockCluster cluster(1);
    auto member = open_member(cluster.options());
    REQUIRE(share({member.get()}, 1));
    auto idle = open_member(fresh_options("127.0.0.1:1"));
    CHECK(milliseconds_of([&] { idle->leave(in(Milliseconds(500))); }) < 2000);
    CHECK(milliseconds_of([&] { idle.reset(); }) < 2000);
    cluster.go_down();
    CHECK(milliseconds_of([&] { member->leave(in(Milliseconds(500))); }) < 2000);
    CHECK(milliseconds_of([&] { member.reset(); }) < 2000);
}

TEST_CASE("poll() waits as long as it was told, and no longer") {
    const auto member = open_member(fresh_options("127.0.0.1:1"));
    REQUIRE(next<BrokerAway>(*member));
    const auto took = milliseconds_of([&] { static_cast<void>(member->poll(Milliseconds(300))); });
    CHECK(took >= 290);
    CHECK(took < 2000);
}

TEST_SUITE_END();
