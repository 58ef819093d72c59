#pragma once

#include "core/result.hpp"
#include "topic/kafka/kafka_topic.hpp"

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

/// Private to this room.
namespace coupon {

/// What an adapter wants to hear of its client; called while it polls, in its own thread.
struct KafkaHooks {
    std::function<void(const rd_kafka_message_t&)> delivered;
    std::function<void(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*)> rebalanced;
};

/// Remembers what one librdkafka client tells about its connections. Error events are news, only answers and reports are facts; but a
/// refused login is told by nothing else: the calls themselves just time out.
class KafkaWatch {
public:
    KafkaWatch(KafkaOptions options, KafkaHooks hooks);
    KafkaWatch(const KafkaWatch&) = delete;
    KafkaWatch& operator=(const KafkaWatch&) = delete;
    ~KafkaWatch() = default;

    /// Makes this the watch of the client that will be made of `conf`, which it must outlive.
    void attach(rd_kafka_conf_t* conf);

    /// What faults name from now on. Before the client is polled first.
    void bind(const KafkaOptions& options) { options_ = options; }

    /// Set once the broker refused the login or a permission.
    [[nodiscard]] const std::optional<Fault>& denied() const { return denied_; }
    /// Set once the client gave up for good, with the reason.
    [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }
    /// The last connection trouble in librdkafka's words, or nothing.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

    /// A broker has answered the request for a producer id, granting it or not.
    [[nodiscard]] bool has_answer_about_producer_id() const { return producer_id_answered_; }

    /// True when all brokers were reported down and none is up by now.
    [[nodiscard]] bool is_broker_away() const { return all_down_ && !is_any_broker_up(); }
    [[nodiscard]] bool is_any_broker_up() const;
    /// Brokers that were told of by another one, were tried at the addresses they advertise ("host:port"), and are not up; by id.
    [[nodiscard]] std::map<std::int32_t, std::string> unreached() const;
    /// Something arrived from a broker.
    void on_sign_of_life() { all_down_ = false; }

private:
    void on_error(rd_kafka_t* client, rd_kafka_resp_err_t error, const std::string& reason);
    void on_state(std::int32_t id, const std::string& broker, int port, const std::string& state);
    [[nodiscard]] bool was_any_broker_up() const;

    static void error_callback(rd_kafka_t* client, int error, const char* reason, void* watch);
    static void delivery_callback(rd_kafka_t* client, const rd_kafka_message_t* message, void* watch);
    static void rebalance_callback(rd_kafka_t* client, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* watch);
    static rd_kafka_resp_err_t new_interceptor(rd_kafka_t* client, const rd_kafka_conf_t* conf, void* watch, char* text, size_t size);
    static rd_kafka_resp_err_t state_interceptor(rd_kafka_t* client, int32_t id, const char* protocol, const char* name, int port,
                                                 const char* state, void* watch);

    static rd_kafka_resp_err_t answer_interceptor(rd_kafka_t* client, int socket, const char* broker, int32_t id, int16_t api,
                                                  int16_t version, int32_t correlation, size_t size, int64_t round_trip_us,
                                                  rd_kafka_resp_err_t error, void* watch);

    KafkaOptions options_;
    const KafkaHooks hooks_;
    std::optional<Fault> denied_;
    std::optional<std::string> fatal_;
    std::string trouble_;
    bool all_down_ = false;
    std::atomic<bool> producer_id_answered_{false}; ///< librdkafka's own threads tell it

    mutable std::mutex states_mutex_; ///< librdkafka's own threads tell the states
    std::map<std::pair<std::string, int>, bool> is_up_;
    struct Address {
        std::string text;
        bool is_tried = false;
        bool is_up = false;
    };
    std::map<std::int32_t, Address> advertised_; ///< by the id of the broker
    bool was_up_ = false;
};

} // namespace coupon
