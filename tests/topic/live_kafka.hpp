#pragma once

#include "topic/kafka/kafka_handle.hpp"
#include "topic/kafka/kafka_topic.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// What the live tests need of a real broker beside our own adapters: names nobody else uses, and a foreign producer.
namespace coupon {

/// The broker of COUPON_BROKERS; a test without it fails.
std::string live_brokers();
/// A topic or group name of this run alone.
std::string fresh_name();
/// Options for a topic and a group of this call alone; neither exists yet.
KafkaOptions fresh_options(const std::string& brokers);
/// The same for the live broker, the topic created with that many partitions.
KafkaOptions fresh_topic(int partitions);

/// A client made by hand of one option, the broker, and possibly a transactional id.
class ForeignClient {
public:
    ForeignClient(rd_kafka_type_t type, const std::string& brokers, const std::string& transactional_id = "");
    ForeignClient(const ForeignClient&) = delete;
    ForeignClient& operator=(const ForeignClient&) = delete;
    ~ForeignClient();

    [[nodiscard]] rd_kafka_t* get() const { return client_; }

    /// Appends any record and waits until it is there.
    void put(const std::string& topic, std::int32_t partition, const RawRecord& raw);
    /// The same in a transaction of its own; its end takes an offset, too, at which no reader ever sees a record.
    void put_in_transaction(const std::string& topic, std::int32_t partition, const RawRecord& raw);
    void delete_topic(const std::string& topic);

private:
    rd_kafka_t* client_;
};

/// How long a call took, in milliseconds.
std::int64_t milliseconds_of(const std::function<void()>& call);

} // namespace coupon
