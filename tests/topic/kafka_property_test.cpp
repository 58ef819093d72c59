#include "topic/kafka/kafka_topic.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("topic/kafka_property");

TEST_CASE("properties that say how to reach and log in to the brokers may be set") {
    for (const char* name : {"security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password", "ssl.ca.location",
                             "ssl.certificate.location", "ssl.key.location", "ssl.key.password", "ssl.cipher.suites", "client.id",
                             "group.instance.id", "session.timeout.ms", "socket.timeout.ms", "broker.address.family", "compression.type"})
        CHECK_MESSAGE(property_refusal(name).empty(), name);
}

TEST_CASE("properties that load code, run programs, drop checks or change what the suite relies on are refused with the reason") {
    struct Row {
        const char* name;
        const char* why;
    };
    for (const auto& row : {Row{"plugin.library.paths", "loads code"},
                            Row{"ssl.engine.location", "loads code"},
                            Row{"ssl.engine.id", "loads code"},
                            Row{"sasl.kerberos.kinit.cmd", "runs programs"},
                            Row{"sasl.kerberos.principal", "runs programs"},
                            Row{"sasl.oauthbearer.token.endpoint.url", "other servers"},
                            Row{"test.mock.num.brokers", "mock"},
                            Row{"enable.ssl.certificate.verification", "drops a check"},
                            Row{"ssl.endpoint.identification.algorithm", "drops a check"},
                            Row{"enable.sasl.oauthbearer.unsecure.jwt", "drops a check"},
                            Row{"check.crcs", "drops a check"},
                            Row{"bootstrap.servers", "--brokers"},
                            Row{"metadata.broker.list", "--brokers"},
                            Row{"group.id", "--group"},
                            Row{"message.timeout.ms", "--timeout"},
                            Row{"enable.idempotence", "relies on it"},
                            Row{"acks", "relies on it"},
                            Row{"enable.auto.commit", "relies on it"},
                            Row{"enable.auto.offset.store", "relies on it"},
                            Row{"auto.offset.reset", "relies on it"},
                            Row{"isolation.level", "relies on it"},
                            Row{"partition.assignment.strategy", "relies on it"},
                            Row{"transactional.id", "relies on it"},
                            Row{"debug", "not shown"},
                            Row{"", "unknown or disallowed"},
                            Row{"SECURITY.PROTOCOL", "unknown or disallowed"},
                            Row{"no.such.property", "unknown or disallowed"}}) {
        const auto refusal = property_refusal(row.name);
        CHECK_MESSAGE(refusal.find(row.why) != std::string::npos, row.name, ": ", refusal);
        CHECK_MESSAGE(refusal.find(row.name) != std::string::npos, row.name, ": ", refusal);
    }
}

TEST_CASE("a refused name is shown escaped") {
    CHECK(property_refusal("a\x1b[31m").find('\x1b') == std::string::npos);
}

TEST_CASE("a property with a wrong value is a usage fault that names it, whatever is opened") {
    KafkaOptions options;
    options.properties = {{"security.protocol", "carrier pigeon"}};
    const auto check = [](const auto& port) {
        REQUIRE_FALSE(port);
        CHECK(port.fault().kind == FaultKind::usage);
        CHECK(port.fault().text().find("security.protocol") != std::string::npos);
    };
    check(open_kafka_publisher(options));
    check(open_kafka_subscriber(options));
    check(open_kafka_topic_log(options));
    check(open_kafka_topic_admin(options));
}

TEST_CASE("refused properties and mechanisms are refused by the factories, too") {
    KafkaOptions options;
    options.properties = {{"plugin.library.paths", "/tmp/evil.so"}};
    CHECK(open_kafka_publisher(options).fault().kind == FaultKind::usage);
    options.properties = {{"sasl.mechanisms", "GSSAPI"}};
    CHECK(open_kafka_publisher(options).fault().kind == FaultKind::usage);
}

TEST_CASE("no message repeats a password") {
    const std::string canary = "canary-7b1f";
    KafkaOptions options;
    options.properties = {
        {"security.protocol", "SSL"}, {"ssl.key.location", "/no/such/file"}, {"ssl.key.password", canary}, {"ssl.key.pem", canary}};
    const auto port = open_kafka_publisher(options);
    REQUIRE_FALSE(port);
    CHECK(port.fault().kind == FaultKind::usage);
    CHECK(port.fault().text().find(canary) == std::string::npos);
}

TEST_SUITE_END();
