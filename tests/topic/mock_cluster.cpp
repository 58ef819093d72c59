#include "topic/mock_cluster.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace coupon {

MockCluster::MockCluster(int partitions) : host_(RD_KAFKA_PRODUCER, "127.0.0.1:1"), cluster_(rd_kafka_mock_cluster_new(host_.get(), 1)) {
    REQUIRE(cluster_ != nullptr);
    options_ = fresh_options(rd_kafka_mock_cluster_bootstraps(cluster_));
    REQUIRE(rd_kafka_mock_topic_create(cluster_, options_.topic.c_str(), partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockCluster::refuse(std::int16_t kind, std::size_t times, rd_kafka_resp_err_t error) {
    const std::vector<rd_kafka_resp_err_t> errors(times, error);
    rd_kafka_mock_push_request_errors_array(cluster_, kind, times, errors.data());
}

void MockCluster::delay_answer(std::int16_t kind, Milliseconds time) {
    const auto error =
        rd_kafka_mock_broker_push_request_error_rtts(cluster_, 1, kind, 1, RD_KAFKA_RESP_ERR_NO_ERROR, static_cast<int>(time.count()));
    REQUIRE(error == RD_KAFKA_RESP_ERR_NO_ERROR);
}

} // namespace coupon
