#include "topic/kafka/kafka_fault.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("topic/kafka_fault");

TEST_CASE("a connection that failed is told without librdkafka's bookkeeping") {
    struct Row {
        const char* said;
        const char* told;
    };
    for (const auto& row :
         {Row{"127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT, 1 "
              "identical error(s) suppressed)",
              "connection refused"},
          Row{"shop/1: Failed to resolve 'shop:9092': Name or service not known (after 3ms in state CONNECT)",
              "failed to resolve 'shop:9092': Name or service not known"},
          Row{"no producer id in time", "no producer id in time"}, Row{"SSL handshake failed: eof", "SSL handshake failed: eof"},
          Row{"", ""}})
        CHECK(plain_reason(row.said) == row.told);
}

TEST_CASE("a broker that cannot be reached, and one that does not answer, are told apart") {
    KafkaOptions options;
    options.brokers = "shop:9092";
    options.timeout = std::chrono::seconds(5);
    CHECK(unreachable_fault("shop:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms)", options).message ==
          "cannot connect to kafka at shop:9092: connection refused");
    CHECK(unreachable_fault("", options).message == "kafka at shop:9092 did not answer within 5 s");
    options.timeout = Milliseconds(250);
    CHECK(unreachable_fault("", options).message == "kafka at shop:9092 did not answer within 250 ms");
}

TEST_SUITE_END();
