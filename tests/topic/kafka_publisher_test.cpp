#include "topic/kafka/kafka_publisher.hpp"

#include "topic/mock_cluster.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace coupon;

namespace {

std::unique_ptr<KafkaPublisher> open_publisher(const KafkaOptions& options) {
    auto publisher = KafkaPublisher::open(options);
    REQUIRE(publisher);
    return std::move(*publisher);
}

std::optional<FaultKind> only_report(KafkaPublisher& publisher) {
    const auto reports = reports_of(publisher);
    REQUIRE(reports.size() == 1);
    return reports[0].report ? std::nullopt : std::optional(reports[0].report.fault().kind);
}

std::size_t records_on(const KafkaOptions& options) {
    auto log = open_kafka_topic_log(options);
    REQUIRE(log);
    return all_records(**log).size();
}

} // namespace

TEST_SUITE_BEGIN("topic/kafka_publisher");

TEST_CASE("a record whose acknowledgement never comes is unknown, at its time-out, though it is on the topic") {
    MockCluster cluster(1);
    auto options = cluster.options();
    options.message_timeout = Milliseconds(1500);
    const auto publisher = open_publisher(options);
    REQUIRE(publisher->check(soon()));
    cluster.delay_answer(produce_request, Milliseconds(60'000));
    publisher->submit(1, record_for(7));
    std::vector<Delivery> reports;
    const auto took = milliseconds_of([&] { reports = reports_of(*publisher); });
    REQUIRE(reports.size() == 1);
    REQUIRE_FALSE(reports[0].report);
    CHECK(reports[0].report.fault().kind == FaultKind::unknown);
    CHECK(reports[0].report.fault().hint == "the claim stays pending; a running coupon-consume publishes it again");
    CHECK(took >= 1000);
    CHECK(took < 8000);
    CHECK(records_on(cluster.options()) == 1);
    const auto again = open_publisher(cluster.options());
    again->submit(1, record_for(7));
    CHECK_FALSE(only_report(*again));
    CHECK(records_on(cluster.options()) == 2);
}

TEST_CASE("a record that never left is not published, and that is certain") {
    MockCluster cluster(1);
    auto options = cluster.options();
    options.message_timeout = Milliseconds(1000);
    const auto publisher = open_publisher(options);
    REQUIRE(publisher->check(soon()));
    cluster.go_down();
    publisher->submit(1, record_for(7));
    CHECK(only_report(*publisher) == FaultKind::unreachable);
    cluster.come_up();
    CHECK(records_on(cluster.options()) == 0);
}

TEST_CASE("the broker's refusals of a record have their own kinds") {
    struct Row {
        rd_kafka_resp_err_t error;
        FaultKind told;
    };
    for (const auto& row : {Row{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, FaultKind::denied},
                            Row{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, FaultKind::refused}}) {
        MockCluster cluster(1);
        const auto publisher = open_publisher(cluster.options());
        cluster.refuse(produce_request, 1, row.error);
        publisher->submit(1, record_for(7));
        CHECK(only_report(*publisher) == row.told);
        CHECK(records_on(cluster.options()) == 0);
    }
}

TEST_CASE("a passing trouble of the broker is not told at all") {
    MockCluster cluster(1);
    const auto publisher = open_publisher(cluster.options());
    cluster.refuse(produce_request, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    publisher->submit(1, record_for(7));
    CHECK(only_report(*publisher) == std::nullopt);
    CHECK(records_on(cluster.options()) == 1);
}

TEST_CASE("a full queue loses nothing") {
    MockCluster cluster(4);
    auto options = cluster.options();
    options.properties = {{"queue.buffering.max.messages", "10"}};
    const auto publisher = open_publisher(options);
    for (std::uint64_t ticket = 0; ticket < 2000; ++ticket)
        publisher->submit(ticket, record_for(static_cast<std::int64_t>(ticket)));
    CHECK(publisher->in_flight() == 2000);
    std::set<std::uint64_t> tickets;
    for (const auto& delivery : reports_of(*publisher)) {
        CHECK(delivery.report);
        tickets.insert(delivery.ticket);
    }
    CHECK(tickets.size() == 2000);
    CHECK(records_on(cluster.options()) == 2000);
}

TEST_CASE("what finds no room in the queue before its time is over was not published") {
    MockCluster cluster(1);
    auto options = cluster.options();
    options.properties = {{"queue.buffering.max.messages", "5"}};
    options.message_timeout = Milliseconds(1000);
    const auto publisher = open_publisher(options);
    REQUIRE(publisher->check(soon()));
    cluster.go_down();
    for (std::uint64_t ticket = 0; ticket < 50; ++ticket)
        publisher->submit(ticket, record_for(static_cast<std::int64_t>(ticket)));
    std::vector<Delivery> reports;
    const auto took = milliseconds_of([&] { reports = reports_of(*publisher); });
    // All at their own time, not one queue after the other.
    CHECK(took < 7000);
    CHECK(reports.size() == 50);
    for (const auto& delivery : reports) {
        REQUIRE_FALSE(delivery.report);
        CHECK(delivery.report.fault().kind == FaultKind::unreachable);
    }
}

TEST_CASE("a producer that breaks for good is replaced: what was in flight is unknown, what comes after is published") {
    MockCluster cluster(1);
    const auto publisher = open_publisher(cluster.options());
    REQUIRE(publisher->check(soon()));
    cluster.delay_answer(produce_request, Milliseconds(60'000));
    publisher->submit(1, record_for(1));
    std::vector<Delivery> reports;
    publisher->poll(reports, Milliseconds(200));
    REQUIRE(reports.empty());
    publisher->break_producer();
    publisher->submit(2, record_for(2));
    CHECK(publisher->in_flight() == 2);
    std::optional<FaultKind> first;
    bool was_second_published = false;
    for (const auto& delivery : reports_of(*publisher)) {
        if (delivery.ticket == 1 && !delivery.report) first = delivery.report.fault().kind;
        if (delivery.ticket == 2) was_second_published = static_cast<bool>(delivery.report);
    }
    CHECK(first == FaultKind::unknown);
    CHECK(was_second_published);
    CHECK(publisher->check(soon()));
}

TEST_CASE("a publisher that was begun before its topic was known publishes to the topic that it is then told") {
    MockCluster cluster(1);
    auto early = cluster.options();
    early.topic = "of_another_event";
    auto start = PublisherStart::begin(early);
    REQUIRE(start);
    const auto publisher = std::move(*start).finish(cluster.options());
    REQUIRE(publisher->check(soon()));
    publisher->submit(1, record_for(7));
    std::vector<Delivery> reports;
    publisher->poll(reports, Milliseconds(5000));
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].report);
    CHECK(records_on(cluster.options()) == 1);
}

TEST_CASE("a publisher that was begun early tells faults with the names it is then told, and a wrong property at once") {
    MockCluster cluster(1);
    auto start = PublisherStart::begin(cluster.options());
    REQUIRE(start);
    auto told = cluster.options();
    told.cluster_id = "another";
    const auto checked = std::move(*start).finish(told)->check(soon());
    REQUIRE_FALSE(checked);
    CHECK(checked.fault().kind == FaultKind::usage);
    CHECK(checked.fault().message.find("topic " + told.topic + " is in cluster another") != std::string::npos);
    auto wrong = cluster.options();
    wrong.properties = {{"socket.timeout.ms", "soon"}};
    const auto refused = PublisherStart::begin(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::usage);
}

TEST_CASE("a publisher ends at once, whatever is in flight") {
    MockCluster cluster(1);
    auto publisher = open_publisher(cluster.options());
    REQUIRE(publisher->check(soon()));
    cluster.delay_answer(produce_request, Milliseconds(60'000));
    for (std::uint64_t ticket = 0; ticket < 100; ++ticket)
        publisher->submit(ticket, record_for(static_cast<std::int64_t>(ticket)));
    std::vector<Delivery> reports;
    publisher->poll(reports, Milliseconds(100));
    CHECK(milliseconds_of([&] { publisher.reset(); }) < 2000);
}

TEST_CASE("poll() waits as long as it was told, and no longer") {
    MockCluster cluster(1);
    const auto publisher = open_publisher(cluster.options());
    cluster.go_down();
    std::vector<Delivery> reports;
    const auto took = milliseconds_of([&] { publisher->poll(reports, Milliseconds(300)); });
    CHECK(took >= 290);
    CHECK(took < 2000);
}

TEST_SUITE_END();
