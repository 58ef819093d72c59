#pragma once

#include "topic/live_kafka.hpp"

#include <librdkafka/rdkafka_mock.h>

#include <string>

namespace coupon {

/// librdkafka's own broker of one node on a loopback port, for troubles at an exact point of the protocol. For everything else the real
/// broker is asked: this one knows no deduplication, no deletion and no missing topics.
class MockCluster {
public:
    explicit MockCluster(int partitions);
    MockCluster(const MockCluster&) = delete;
    MockCluster& operator=(const MockCluster&) = delete;
    ~MockCluster() { rd_kafka_mock_cluster_destroy(cluster_); }

    /// Options for its one topic, and a group nobody else is in.
    [[nodiscard]] const KafkaOptions& options() const { return options_; }
    [[nodiscard]] rd_kafka_mock_cluster_t* get() const { return cluster_; }

    /// The next requests of that kind are answered with the error instead of being done. Kinds: kafka.apache.org/protocol#protocol_api_keys
    void refuse(std::int16_t kind, std::size_t times, rd_kafka_resp_err_t error);
    /// The next request of that kind is done, but its answer takes that long.
    void delay_answer(std::int16_t kind, Milliseconds time);
    void go_down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
    void come_up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

private:
    ForeignClient host_;
    rd_kafka_mock_cluster_t* cluster_;
    KafkaOptions options_;
};

inline constexpr std::int16_t produce_request = 0;
inline constexpr std::int16_t metadata_request = 3;
inline constexpr std::int16_t offset_commit_request = 8;
inline constexpr std::int16_t offset_fetch_request = 9;
inline constexpr std::int16_t find_coordinator_request = 10;
inline constexpr std::int16_t join_group_request = 11;

} // namespace coupon
