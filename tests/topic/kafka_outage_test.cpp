#include "topic/live_kafka.hpp"
#include "topic/own_broker.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace coupon;

namespace {

template <class Port>
std::unique_ptr<Port> opened(Result<std::unique_ptr<Port>> port) {
    REQUIRE(port);
    return std::move(*port);
}

KafkaOptions created_topic(const OwnBroker& broker) {
    auto options = fresh_options(broker.brokers());
    REQUIRE(opened(open_kafka_topic_admin(options))->create(2, soon()));
    return options;
}

Deadline in(Milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

} // namespace

TEST_SUITE_BEGIN("live/topic/kafka_outage");

TEST_CASE("a broker that is killed and comes back: said once each, nothing missing, nothing lost, nothing twice") {
    OwnBroker broker;
    const auto options = created_topic(broker);
    const auto publisher = opened(open_kafka_publisher(options));
    const auto member = opened(open_kafka_subscriber(options));
    const auto log = opened(open_kafka_topic_log(options));
    std::set<std::string> values;
    const auto publish = [&](std::int64_t first) {
        for (auto user = first; user < first + 100; ++user)
            publisher->submit(static_cast<std::uint64_t>(user), record_for(user));
        for (const auto& delivery : reports_of(*publisher))
            REQUIRE(delivery.report);
    };
    const auto consume = [&](std::size_t count) {
        for (const auto& record : records_of(*member, count))
            CHECK(values.insert(record.raw.value.value_or("")).second);
    };
    publish(0);
    consume(100);
    REQUIRE(values.size() == 100);
    REQUIRE(log->partitions(soon()));
    const auto assigned = member->assigned();
    REQUIRE(assigned.size() == 2);

    broker.kill();
    REQUIRE(next<BrokerAway>(*member));
    CHECK_FALSE(next<BrokerAway>(*member, in(Milliseconds(500))));
    CHECK_FALSE(log->partitions(in(Milliseconds(300))));
    broker.start();
    // Every poll counts here: a fault, a topic called missing above all, would end the worker.
    bool is_back = false;
    for (const auto deadline = soon(); !is_back && std::chrono::steady_clock::now() < deadline;) {
        const auto polled = member->poll(Milliseconds(50));
        REQUIRE(polled);
        is_back = std::holds_alternative<BrokerBack>(*polled);
    }
    REQUIRE(is_back);
    REQUIRE(log->partitions(soon()));
    publish(100);
    // Nothing was committed, so all comes again should the group have met anew meanwhile.
    for (const auto deadline = soon(); values.size() < 200 && std::chrono::steady_clock::now() < deadline;) {
        const auto polled = member->poll(Milliseconds(50));
        REQUIRE(polled);
        if (std::holds_alternative<AssignmentChanged>(*polled)) values.clear();
        if (const auto* record = std::get_if<SourceRecord>(&*polled)) CHECK(values.insert(record->raw.value.value_or("")).second);
    }
    CHECK(values.size() == 200);
}

TEST_CASE("a broker that is paused: every call ends in its time, what was in flight is unknown, and all goes on afterwards") {
    OwnBroker broker;
    auto options = created_topic(broker);
    options.message_timeout = Milliseconds(1500);
    const auto publisher = opened(open_kafka_publisher(options));
    const auto gives_up = opened(open_kafka_publisher(options));
    auto member = opened(open_kafka_subscriber(options));
    const auto log = opened(open_kafka_topic_log(options));
    const auto admin = opened(open_kafka_topic_admin(options));
    REQUIRE(publisher->check(soon()));
    publisher->submit(0, record_for(0));
    REQUIRE(reports_of(*publisher).at(0).report);
    REQUIRE(records_of(*member, 1).size() == 1);
    REQUIRE(log->partitions(soon()));
    REQUIRE(admin->exists(soon()));

    broker.pause();
    const auto kind_after = [](Milliseconds time, const auto& call) {
        std::optional<FaultKind> kind;
        const auto took = milliseconds_of([&] {
            if (const auto done = call(in(time)); !done) kind = done.fault().kind;
        });
        CHECK(took < time.count() + 1500);
        return kind;
    };
    CHECK(kind_after(Milliseconds(400), [&](auto end) { return publisher->check(end); }) == FaultKind::unreachable);
    CHECK(kind_after(Milliseconds(400), [&](auto end) { return log->partitions(end); }) == FaultKind::unreachable);
    CHECK(kind_after(Milliseconds(400), [&](auto end) {
              return log->read(
                  {{0, 0, 1}}, [](const SourceRecord&) {}, end);
          }) == FaultKind::unreachable);
    CHECK(kind_after(Milliseconds(400), [&](auto end) { return admin->purge({{0, 1}}, end); }) == FaultKind::unreachable);
    CHECK(kind_after(Milliseconds(400), [&](auto end) { return member->commit({{0, 0}}, end); }) == FaultKind::unknown);

    for (std::uint64_t ticket = 1; ticket <= 50; ++ticket)
        publisher->submit(ticket, record_for(static_cast<std::int64_t>(ticket)));
    std::vector<Delivery> reports;
    const auto took = milliseconds_of([&] { reports = reports_of(*publisher); });
    CHECK(took < 1500 + 3000);
    REQUIRE(reports.size() == 50);
    std::size_t unknown = 0;
    for (const auto& delivery : reports) {
        REQUIRE_FALSE(delivery.report);
        const auto kind = delivery.report.fault().kind;
        CHECK((kind == FaultKind::unknown || kind == FaultKind::unreachable));
        unknown += kind == FaultKind::unknown ? 1U : 0U;
    }
    // What was sent and not answered may be on the topic.
    CHECK(unknown > 0);
    CHECK(milliseconds_of([&] { member->leave(in(Milliseconds(500))); }) < 2000);
    CHECK(milliseconds_of([&] { member.reset(); }) < 2000);

    broker.resume();
    REQUIRE(publisher->check(soon()));
    publisher->submit(100, record_for(100));
    CHECK(reports_of(*publisher).at(0).report);
    REQUIRE(log->partitions(soon()));
    const auto after = opened(open_kafka_subscriber(options));
    CHECK_FALSE(records_of(*after, 2).empty());
}

TEST_SUITE_END();
