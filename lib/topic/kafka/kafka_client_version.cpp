#include "topic/kafka/kafka_topic.hpp"

#include <librdkafka/rdkafka.h>

namespace coupon {

std::string kafka_client_version() {
    return std::string("librdkafka ") + rd_kafka_version_str();
}

} // namespace coupon
