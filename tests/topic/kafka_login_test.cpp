#include "topic/live_kafka.hpp"
#include "topic/own_broker.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

template <class Port>
std::unique_ptr<Port> opened(Result<std::unique_ptr<Port>> port) {
    REQUIRE(port);
    return std::move(*port);
}

KafkaOptions with_login(const OwnBroker& broker, const std::string& mechanism, const std::string& password) {
    auto options = fresh_options(broker.login_brokers());
    options.properties = {
        {"security.protocol", "SASL_PLAINTEXT"}, {"sasl.mechanisms", mechanism}, {"sasl.username", "coupon"}, {"sasl.password", password}};
    return options;
}

/// Calls it with patience for 20 s; it must be denied within one.
template <class Call>
Fault denied_at_once(const Call& call) {
    std::optional<Fault> fault;
    const auto took = milliseconds_of([&] {
        if (const auto done = call(); !done) fault = done.fault();
    });
    REQUIRE(fault);
    CHECK_MESSAGE(fault->kind == FaultKind::denied, fault->text());
    CHECK(took < 1000);
    return *fault;
}

/// Every way into the cluster, each with a client of its own.
void check_denied_everywhere(const KafkaOptions& options) {
    denied_at_once([&] { return opened(open_kafka_publisher(options))->check(soon()); });
    denied_at_once([&] { return opened(open_kafka_topic_log(options))->partitions(soon()); });
    denied_at_once([&] {
        return opened(open_kafka_topic_log(options))
            ->read(
                {{0, 0, 1}}, [](const SourceRecord&) {}, soon());
    });
    denied_at_once([&] { return opened(open_kafka_topic_admin(options))->exists(soon()); });
    denied_at_once([&] { return opened(open_kafka_topic_admin(options))->create(1, soon()); });
    denied_at_once([&] { return opened(open_kafka_topic_admin(options))->purge({{0, 1}}, soon()); });
    denied_at_once([&] {
        const auto member = opened(open_kafka_subscriber(options));
        auto polled = member->poll(Milliseconds(20));
        for (const auto deadline = soon(); polled && std::chrono::steady_clock::now() < deadline;)
            polled = member->poll(Milliseconds(5000));
        return polled;
    });
    denied_at_once([&] {
        const auto publisher = opened(open_kafka_publisher(options));
        publisher->submit(1, record_for(7));
        const auto reports = reports_of(*publisher);
        REQUIRE(reports.size() == 1);
        return reports[0].report;
    });
}

} // namespace

TEST_SUITE_BEGIN("live/topic/kafka_login");

TEST_CASE("a refused login is told at once by every call, a good one is let in") {
    const OwnBroker broker;

    const auto wrong = with_login(broker, "PLAIN", "canary-90c1");
    check_denied_everywhere(wrong);
    const auto fault = denied_at_once([&] { return opened(open_kafka_publisher(wrong))->check(soon()); });
    CHECK(fault.text().find(broker.login_brokers()) != std::string::npos);
    CHECK(fault.text().find("canary-90c1") == std::string::npos);
    CHECK(fault.hint.find("password") != std::string::npos);

    // After the refusal new submissions do not wait for their time-out either.
    const auto refused = opened(open_kafka_publisher(wrong));
    REQUIRE_FALSE(refused->check(soon()));
    refused->submit(1, record_for(7));
    std::vector<Delivery> reports;
    CHECK(refused->poll(reports, Milliseconds(1000)) == 1);
    CHECK(reports.at(0).report.fault().kind == FaultKind::denied);

    // This librdkafka cannot log in to Kafka 4 with SCRAM at all, and nobody guesses that from "invalid credentials".
    const auto scram = with_login(broker, "SCRAM-SHA-256", broker.password());
    CHECK(denied_at_once([&] { return opened(open_kafka_publisher(scram))->check(soon()); }).hint ==
          "check user name and password; this librdkafka cannot log in to Kafka 4 with SCRAM at all, use sasl.mechanisms=PLAIN over "
          "security.protocol=SASL_SSL there");

    const auto good = with_login(broker, "PLAIN", broker.password());
    REQUIRE(opened(open_kafka_topic_admin(good))->create(2, soon()));
    const auto publisher = opened(open_kafka_publisher(good));
    REQUIRE(publisher->check(soon()));
    publisher->submit(1, record_for(7));
    CHECK(reports_of(*publisher).at(0).report);
    const auto member = opened(open_kafka_subscriber(good));
    CHECK(records_of(*member, 1).size() == 1);
    CHECK(all_records(*opened(open_kafka_topic_log(good))).size() == 1);

    // Without a login the listener just hangs up, which says nothing about permissions.
    auto clear = good;
    clear.properties.clear();
    const auto no_login = opened(open_kafka_publisher(clear))->check(std::chrono::steady_clock::now() + Milliseconds(700));
    REQUIRE_FALSE(no_login);
    CHECK(no_login.fault().kind == FaultKind::unreachable);
}

TEST_SUITE_END();
