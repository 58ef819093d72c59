#include "core/topic_binding.hpp"
#include "topic/live_kafka.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <thread>

using namespace coupon;

namespace {

template <class Port>
std::unique_ptr<Port> opened(Result<std::unique_ptr<Port>> port) {
    REQUIRE(port);
    return std::move(*port);
}

/// A topic and a group of its own on the live broker.
class KafkaBench final : public TopicBench {
public:
    explicit KafkaBench(int partitions)
        : options_(partitions == 0 ? fresh_options(live_brokers()) : fresh_topic(partitions)),
          foreign_(RD_KAFKA_PRODUCER, options_.brokers) {}

    std::unique_ptr<Publisher> publisher() override { return opened(open_kafka_publisher(options_)); }
    std::unique_ptr<Subscriber> subscriber() override { return opened(open_kafka_subscriber(options_)); }
    std::unique_ptr<TopicLog> log() override { return opened(open_kafka_topic_log(options_)); }
    std::unique_ptr<TopicAdmin> admin() override { return opened(open_kafka_topic_admin(options_)); }
    void put(std::int32_t partition, const RawRecord& raw) override { foreign_.put(options_.topic, partition, raw); }
    void put_in_transaction(std::int32_t partition, const RawRecord& raw) override {
        if (!transactional_) transactional_.emplace(RD_KAFKA_PRODUCER, options_.brokers, fresh_name());
        transactional_->put_in_transaction(options_.topic, partition, raw);
    }
    void remove() override {
        foreign_.delete_topic(options_.topic);
        const auto admin = this->admin();
        for (const auto deadline = soon(); std::chrono::steady_clock::now() < deadline;) {
            const auto exists = admin->exists(soon());
            REQUIRE(exists);
            if (!*exists) return;
        }
        FAIL("the topic does not go");
    }

private:
    KafkaOptions options_;
    ForeignClient foreign_;
    std::optional<ForeignClient> transactional_;
};

std::unique_ptr<TopicBench> kafka_bench(int partitions) {
    return std::make_unique<KafkaBench>(partitions);
}

} // namespace

TEST_SUITE_BEGIN("live/topic/kafka_topic");

TEST_CASE("the kafka publisher keeps the publisher's contract") {
    check_publisher_contract(kafka_bench);
}
TEST_CASE("the kafka subscriber keeps the subscriber's contract") {
    check_subscriber_contract(kafka_bench);
}
TEST_CASE("the kafka topic log keeps the topic log's contract") {
    check_topic_log_contract(kafka_bench);
}
TEST_CASE("the kafka topic admin keeps the topic admin's contract") {
    check_topic_admin_contract(kafka_bench);
}

TEST_CASE("gaps in the offsets are read over, also before the end of a range and at the end of the log") {
    const auto options = fresh_topic(1);
    ForeignClient foreign(RD_KAFKA_PRODUCER, options.brokers, fresh_name());
    for (int i = 0; i < 3; ++i)
        foreign.put_in_transaction(options.topic, 0, {"7", "value", {}});
    // Records at 0, 2 and 4; the ends of the transactions at 1, 3 and 5.
    const auto log = opened(open_kafka_topic_log(options));
    CHECK(log->partitions(soon()).value().at(0).high == 6);
    struct Row {
        std::int64_t from;
        std::int64_t to;
        std::vector<std::int64_t> offsets;
    };
    for (const auto& row : {Row{0, 6, {0, 2, 4}}, Row{0, 2, {0}}, Row{1, 4, {2}}, Row{1, 2, {}}, Row{5, 6, {}}, Row{3, 5, {4}}}) {
        std::vector<std::int64_t> offsets;
        CHECK(log->read(
            {{0, row.from, row.to}}, [&](const SourceRecord& record) { offsets.push_back(record.at.offset); }, soon()));
        CHECK(offsets == row.offsets);
    }
}

TEST_CASE("a range beyond the end of the log is no silence but a fault at the deadline") {
    const auto options = fresh_topic(1);
    const auto log = opened(open_kafka_topic_log(options));
    const auto done = log->read(
        {{0, 0, 3}}, [](const SourceRecord&) {}, std::chrono::steady_clock::now() + Milliseconds(400));
    REQUIRE_FALSE(done);
    CHECK(done.fault().kind == FaultKind::unreachable);
    CHECK(done.fault().message.find("offset 3") != std::string::npos);
    CHECK(log->read(
                 {{7, 0, 1}}, [](const SourceRecord&) {}, soon())
              .fault()
              .kind == FaultKind::missing);
    CHECK(log->read(
                 {{0, 0, 1}, {0, 1, 2}}, [](const SourceRecord&) {}, soon())
              .fault()
              .kind == FaultKind::usage);
}

TEST_CASE("a topic that is deleted under a member is told as missing, within the next refreshes") {
    const auto options = fresh_topic(1);
    const auto member = opened(open_kafka_subscriber(options));
    REQUIRE(share({member.get()}, 1));
    ForeignClient(RD_KAFKA_PRODUCER, options.brokers).delete_topic(options.topic);
    std::optional<Fault> fault;
    for (const auto deadline = soon(); !fault && std::chrono::steady_clock::now() < deadline;) {
        if (const auto polled = member->poll(Milliseconds(100)); !polled) fault = polled.fault();
    }
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::missing);
    // A partition that is gone is what makes a plain close hang.
    CHECK(milliseconds_of([&] { member->leave(std::chrono::steady_clock::now() + Milliseconds(1000)); }) < 3000);
}

TEST_CASE("a topic that must be there is asked for again before it is missing") {
    struct Row {
        const char* what;
        bool was_made;
        bool has_open_round;
        bool is_found;
    };
    const std::vector<Row> rows{
        {"one that this program has just made", true, false, true},
        {"one of an open round", false, true, true},
        {"any other", false, false, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto options = fresh_options(live_brokers());
        auto maker_options = fresh_options(options.brokers);
        maker_options.topic = options.topic;
        options.was_made->store(row.was_made);
        options.has_open_round = row.has_open_round;
        const auto log = opened(open_kafka_topic_log(options));
        const auto maker = opened(open_kafka_topic_admin(maker_options));
        std::thread later([&] {
            std::this_thread::sleep_for(Milliseconds(500));
            static_cast<void>(maker->create(1, soon()));
        });
        const auto asked = log->partitions(soon());
        later.join();
        CHECK(static_cast<bool>(asked) == row.is_found);
        if (!asked) CHECK(asked.fault().kind == FaultKind::missing);
    }
}

TEST_CASE("a topic of an open round that stays missing is told as gone within seconds, and at once when it is asked for again") {
    auto options = fresh_options(live_brokers());
    options.has_open_round = true;
    const auto log = opened(open_kafka_topic_log(options));
    const auto ask = [&] {
        const auto asked = log->partitions(soon());
        REQUIRE_FALSE(asked);
        CHECK(asked.fault().kind == FaultKind::missing);
        CHECK(asked.fault().message.find("is gone") != std::string::npos);
        CHECK(asked.fault().hint == missing_topic_hint(true));
    };
    CHECK(milliseconds_of(ask) < 5000);
    CHECK(milliseconds_of(ask) < 500);
}

TEST_CASE("a hundred thousand records are published and read back, each once") {
    auto options = fresh_topic(4);
    options.linger = Milliseconds(5);
    options.message_timeout = Milliseconds(30'000);
    const auto publisher = opened(open_kafka_publisher(options));
    REQUIRE(publisher->check(soon()));
    constexpr std::int64_t count = 100'000;
    std::vector<Delivery> reports;
    const auto publish_ms = milliseconds_of([&] {
        for (std::int64_t user = 0; user < count; ++user) {
            publisher->submit(static_cast<std::uint64_t>(user), record_for(user));
            if (user % 1000 == 0) publisher->poll(reports, Milliseconds(0));
        }
        for (const auto deadline = soon(); publisher->in_flight() > 0 && std::chrono::steady_clock::now() < deadline;)
            publisher->poll(reports, Milliseconds(100));
    });
    REQUIRE(reports.size() == count);
    std::vector<int> acknowledged(count);
    for (const auto& delivery : reports) {
        REQUIRE(delivery.report);
        ++acknowledged[delivery.ticket];
    }
    const auto log = opened(open_kafka_topic_log(options));
    std::vector<SourceRecord> records;
    const auto read_ms = milliseconds_of([&] { records = all_records(*log); });
    REQUIRE(records.size() == count);
    for (const auto& record : records) {
        const auto decoded = decode(record.raw);
        REQUIRE(std::holds_alternative<IssueRecord>(decoded));
        ++acknowledged[static_cast<std::size_t>(std::get<IssueRecord>(decoded).grant.user.value())];
    }
    CHECK(std::all_of(acknowledged.begin(), acknowledged.end(), [](int times) { return times == 2; }));
    const auto per_second = [](std::int64_t milliseconds) {
        return std::to_string(count * 1000 / std::max<std::int64_t>(milliseconds, 1));
    };
    const auto speeds = per_second(publish_ms) + " records/s acknowledged, " + per_second(read_ms) + " records/s read back";
    MESSAGE(speeds);
}

TEST_SUITE_END();
