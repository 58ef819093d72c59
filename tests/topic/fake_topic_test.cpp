#include "fakes/fake_topic.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

class FakeBench final : public TopicBench {
public:
    explicit FakeBench(int partitions) : broker_(partitions) {}

    std::unique_ptr<Publisher> publisher() override { return std::make_unique<FakePublisher>(broker_); }
    std::unique_ptr<Subscriber> subscriber() override { return std::make_unique<FakeSubscriber>(broker_); }
    std::unique_ptr<TopicLog> log() override { return std::make_unique<FakeTopicLog>(broker_); }
    std::unique_ptr<TopicAdmin> admin() override { return std::make_unique<FakeTopicAdmin>(broker_); }
    void put(std::int32_t partition, const RawRecord& raw) override { broker_.put(partition, raw); }
    void put_in_transaction(std::int32_t partition, const RawRecord& raw) override {
        broker_.put(partition, raw);
        broker_.put_gap(partition);
    }
    void remove() override { broker_.partitions.clear(); }

private:
    FakeBroker broker_;
};

std::unique_ptr<TopicBench> fake_bench(int partitions) {
    return std::make_unique<FakeBench>(partitions);
}

Status only_report(Publisher& publisher) {
    std::vector<Delivery> reports;
    publisher.poll(reports, Milliseconds(0));
    REQUIRE(reports.size() == 1);
    return reports[0].report;
}

} // namespace

TEST_SUITE_BEGIN("topic/fake_topic");

TEST_CASE("the fake publisher keeps the publisher's contract") {
    check_publisher_contract(fake_bench);
}
TEST_CASE("the fake subscriber keeps the subscriber's contract") {
    check_subscriber_contract(fake_bench);
}
TEST_CASE("the fake topic log keeps the topic log's contract") {
    check_topic_log_contract(fake_bench);
}
TEST_CASE("the fake topic admin keeps the topic admin's contract") {
    check_topic_admin_contract(fake_bench);
}

TEST_CASE("a delivery trouble decides whether the record is there and what is told about it") {
    struct Row {
        DeliveryTrouble trouble;
        std::size_t records;
        std::optional<FaultKind> told;
    };
    const std::vector<Row> rows{
        {DeliveryTrouble::none, 1, std::nullopt},
        {DeliveryTrouble::report_lost, 1, FaultKind::unknown},
        {DeliveryTrouble::record_lost, 0, FaultKind::unknown},
        {DeliveryTrouble::refused, 0, FaultKind::unreachable},
    };
    for (const auto& row : rows) {
        FakeBroker broker(1);
        FakePublisher publisher(broker);
        broker.meet(row.trouble, 1);
        publisher.submit(1, record_for(7));
        const auto report = only_report(publisher);
        CHECK(static_cast<bool>(report) == !row.told.has_value());
        if (row.told && !report) CHECK(report.fault().kind == *row.told);
        CHECK(broker.partitions[0].records.size() == row.records);
        // The trouble is over after one record.
        publisher.submit(2, record_for(8));
        CHECK(only_report(publisher));
    }
}

TEST_CASE("a silent fake topic reports nothing until it speaks again") {
    FakeBroker broker;
    FakePublisher publisher(broker);
    broker.meet(DeliveryTrouble::silent);
    publisher.submit(1, record_for(7));
    std::vector<Delivery> reports;
    CHECK(publisher.poll(reports, Milliseconds(0)) == 0);
    CHECK(publisher.in_flight() == 1);
    broker.meet(DeliveryTrouble::none);
    CHECK(only_report(publisher));
}

TEST_CASE("a fake broker that goes away is told once, and once when it is back; no record is lost or repeated") {
    FakeBroker broker(1);
    FakeSubscriber member(broker);
    broker.put(0, {"1", "one", {}});
    broker.put(0, {"2", "two", {}});
    REQUIRE(records_of(member, 1).size() == 1);
    broker.broker = BrokerTrouble::away;
    CHECK(std::holds_alternative<BrokerAway>(member.poll(Milliseconds(0)).value()));
    CHECK(std::holds_alternative<NothingCame>(member.poll(Milliseconds(0)).value()));
    const auto commit = member.commit({{0, 1}}, soon());
    REQUIRE_FALSE(commit);
    CHECK(commit.fault().kind == FaultKind::unknown);
    broker.broker = BrokerTrouble::none;
    CHECK(std::holds_alternative<BrokerBack>(member.poll(Milliseconds(0)).value()));
    CHECK(std::get<SourceRecord>(member.poll(Milliseconds(0)).value()).at == SourcePosition{0, 1});
}

TEST_CASE("a commit whose answer is lost took effect") {
    FakeBroker broker(1);
    FakeSubscriber member(broker);
    broker.put(0, {"1", "one", {}});
    REQUIRE(records_of(member, 1).size() == 1);
    broker.lose_next_commit_answer();
    const auto lost = member.commit({{0, 1}}, soon());
    REQUIRE_FALSE(lost);
    CHECK(lost.fault().kind == FaultKind::unknown);
    CHECK(broker.partitions[0].committed == 1);
    CHECK(member.commit({{0, 1}}, soon()));
}

TEST_CASE("a member that dies leaves its partitions to the others") {
    FakeBroker broker(2);
    FakeSubscriber dies(broker);
    FakeSubscriber lives(broker);
    REQUIRE(share({&dies, &lives}, 2));
    dies.die();
    REQUIRE(share({&lives}, 2));
    CHECK(std::holds_alternative<NothingCame>(dies.poll(Milliseconds(0)).value()));
}

TEST_CASE("a rebalance takes everything back to what was committed") {
    FakeBroker broker(1);
    FakeSubscriber member(broker);
    broker.put(0, {"1", "one", {}});
    REQUIRE(records_of(member, 1).size() == 1);
    broker.rebalance();
    const auto late = member.commit({{0, 1}}, soon());
    REQUIRE_FALSE(late);
    CHECK(late.fault().kind == FaultKind::not_mine);
    CHECK(std::holds_alternative<AssignmentChanged>(member.poll(Milliseconds(0)).value()));
    CHECK(std::get<SourceRecord>(member.poll(Milliseconds(0)).value()).at == SourcePosition{0, 0});
}

TEST_CASE("a fake broker that refuses the login refuses it everywhere") {
    FakeBroker broker;
    broker.broker = BrokerTrouble::denied;
    FakePublisher publisher(broker);
    FakeSubscriber member(broker);
    FakeTopicLog log(broker);
    FakeTopicAdmin admin(broker);
    CHECK(publisher.check(soon()).fault().kind == FaultKind::denied);
    CHECK(member.poll(Milliseconds(0)).fault().kind == FaultKind::denied);
    CHECK(log.partitions(soon()).fault().kind == FaultKind::denied);
    CHECK(admin.exists(soon()).fault().kind == FaultKind::denied);
}

TEST_SUITE_END();
