#include "tools/loopback_server.hpp"
#include "topic/live_kafka.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

constexpr Milliseconds patience{700};

Deadline deadline() {
    return std::chrono::steady_clock::now() + patience;
}

template <class Port>
std::unique_ptr<Port> opened(Result<std::unique_ptr<Port>> port) {
    REQUIRE(port);
    return std::move(*port);
}

/// Every blocking call ends as unreachable, at its deadline, naming address and remedy.
void check_unreachable(const std::string& brokers) {
    auto options = fresh_options(brokers);
    options.message_timeout = patience;
    const auto check = [&](const auto& call) {
        std::optional<Fault> fault;
        const auto took = milliseconds_of([&] {
            if (const auto done = call(); !done) fault = done.fault();
        });
        REQUIRE(fault);
        CHECK_MESSAGE(fault->kind == FaultKind::unreachable, fault->text());
        const bool is_plain = fault->message.starts_with("cannot connect to kafka at " + brokers + ": ") ||
                              fault->message.starts_with("kafka at " + brokers + " did not answer within ");
        CHECK_MESSAGE(is_plain, fault->text());
        CHECK(fault->hint ==
              "start it, or correct --brokers: kafka-topics.sh --bootstrap-server " + brokers + " --list tells whether it answers");
        CHECK(took < patience.count() + 1500);
    };
    const auto publisher = opened(open_kafka_publisher(options));
    const auto log = opened(open_kafka_topic_log(options));
    const auto admin = opened(open_kafka_topic_admin(options));
    check([&] { return publisher->check(deadline()); });
    check([&] { return log->partitions(deadline()); });
    check([&] {
        return log->read(
            {{0, 0, 1}}, [](const SourceRecord&) {}, deadline());
    });
    check([&] { return admin->exists(deadline()); });
    check([&] { return admin->create(1, deadline()); });
    check([&] { return admin->purge({{0, 1}}, deadline()); });

    publisher->submit(1, record_for(7));
    const auto reports = reports_of(*publisher);
    REQUIRE(reports.size() == 1);
    REQUIRE_FALSE(reports[0].report);
    CHECK(reports[0].report.fault().kind == FaultKind::unreachable);
}

} // namespace

TEST_SUITE_BEGIN("topic/bad_server");

TEST_CASE("nothing listens") {
    check_unreachable("127.0.0.1:" + std::to_string(dead_port()));
}

TEST_CASE("a server that accepts and never answers") {
    const LoopbackServer server("");
    check_unreachable(server.address());
}

TEST_CASE("HTTP on the port") {
    const LoopbackServer server(http_greeting);
    check_unreachable(server.address());
}

TEST_CASE("a name nobody knows") {
    check_unreachable("no-such-host.invalid:9092");
}

TEST_CASE("a member waits for its broker without end, and says so once") {
    const auto member = opened(open_kafka_subscriber(fresh_options("127.0.0.1:" + std::to_string(dead_port()))));
    const auto away = next<BrokerAway>(*member);
    REQUIRE(away);
    CHECK(away->fault.kind == FaultKind::unreachable);
    CHECK_FALSE(next<BrokerAway>(*member, deadline()));
}

TEST_SUITE_END();
