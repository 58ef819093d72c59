#include "topic/kafka/kafka_watch.hpp"

#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

/// A connection cut in the middle of a login is told as a refused login, with the real reason in the text. A broker that is being stopped
/// does that.
bool is_cut_login(const std::string& reason) {
    return reason.find(rd_kafka_err2str(RD_KAFKA_RESP_ERR__TRANSPORT)) != std::string::npos ||
           reason.find(rd_kafka_err2str(RD_KAFKA_RESP_ERR__TIMED_OUT)) != std::string::npos;
}

} // namespace

KafkaWatch::KafkaWatch(KafkaOptions options, KafkaHooks hooks) : options_(std::move(options)), hooks_(std::move(hooks)) {}

void KafkaWatch::attach(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_error_cb(conf, error_callback);
    // Without this the raw "%3|...|FAIL|" lines reach stderr. What they say comes as error events, too.
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    if (hooks_.delivered) rd_kafka_conf_set_dr_msg_cb(conf, delivery_callback);
    if (hooks_.rebalanced) rd_kafka_conf_set_rebalance_cb(conf, rebalance_callback);
    // No event says that a connection came up; this interceptor does.
    rd_kafka_conf_interceptor_add_on_new(conf, "coupon", new_interceptor, this);
}

bool KafkaWatch::is_any_broker_up() const {
    const std::lock_guard lock(states_mutex_);
    return std::any_of(is_up_.begin(), is_up_.end(), [](const auto& broker) { return broker.second; });
}

bool KafkaWatch::was_any_broker_up() const {
    const std::lock_guard lock(states_mutex_);
    return was_up_;
}

void KafkaWatch::on_error(rd_kafka_t* client, rd_kafka_resp_err_t error, const std::string& reason) {
    // Whatever is told below, the adapter should hear of it now and not when its wait is over.
    rd_kafka_yield(client);
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> text{};
        const auto cause = rd_kafka_fatal_error(client, text.data(), text.size());
        if (is_missing_right(cause)) {
            // A fatal refusal is that of a producer id, which takes Write on a topic.
            constexpr std::array lacking{TopicRight{"Write", TopicRight::Resource::topic}};
            denied_ = lacks_rights_fault(lacking, options_);
        } else if (is_denial(cause)) {
            denied_ = denied_fault(text.data(), options_);
        } else {
            fatal_ = text.data();
        }
    } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        all_down_ = true;
    } else if (is_denial(error) && !is_cut_login(reason)) {
        denied_ = denied_fault(reason, options_);
    } else if (error == RD_KAFKA_RESP_ERR__SSL && !was_any_broker_up()) {
        // After a good handshake it is a broker that went away: OpenSSL 3 calls an unclean close an error of the protocol.
        denied_ = denied_fault(reason, options_);
    } else {
        trouble_ = reason;
    }
}

void KafkaWatch::on_state(std::int32_t id, const std::string& broker, int port, const std::string& state) {
    const bool is_up = state == "UP" || state == "UPDATE";
    const std::lock_guard lock(states_mutex_);
    is_up_[{broker, port}] = is_up;
    was_up_ = was_up_ || state == "UP";
    // A connection to an address of --brokers has no id before its broker has told it, nor has the one to a coordinator.
    if (id < 0) return;
    auto& address = advertised_[id];
    address.text = broker + ":" + std::to_string(port);
    address.is_tried = address.is_tried || is_up || state == "TRY_CONNECT" || state == "CONNECT";
    address.is_up = is_up;
}

std::map<std::int32_t, std::string> KafkaWatch::unreached() const {
    const std::lock_guard lock(states_mutex_);
    std::map<std::int32_t, std::string> found;
    for (const auto& [id, address] : advertised_) {
        if (address.is_tried && !address.is_up) found.emplace(id, address.text);
    }
    return found;
}

void KafkaWatch::error_callback(rd_kafka_t* client, int error, const char* reason, void* watch) {
    static_cast<KafkaWatch*>(watch)->on_error(client, static_cast<rd_kafka_resp_err_t>(error), reason == nullptr ? "" : reason);
}

void KafkaWatch::delivery_callback(rd_kafka_t*, const rd_kafka_message_t* message, void* watch) {
    static_cast<KafkaWatch*>(watch)->hooks_.delivered(*message);
}

void KafkaWatch::rebalance_callback(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* watch) {
    static_cast<KafkaWatch*>(watch)->hooks_.rebalanced(error, partitions);
}

rd_kafka_resp_err_t KafkaWatch::new_interceptor(rd_kafka_t* client, const rd_kafka_conf_t*, void* watch, char*, size_t) {
    if (rd_kafka_type(client) == RD_KAFKA_PRODUCER)
        rd_kafka_interceptor_add_on_response_received(client, "coupon", answer_interceptor, watch);
    return rd_kafka_interceptor_add_on_broker_state_change(client, "coupon", state_interceptor, watch);
}

rd_kafka_resp_err_t KafkaWatch::answer_interceptor(rd_kafka_t*, int, const char*, int32_t, int16_t api, int16_t, int32_t, size_t, int64_t,
                                                   rd_kafka_resp_err_t error, void* watch) {
    // The number of InitProducerId, https://kafka.apache.org/protocol#protocol_api_keys. librdkafka has no call that tells whether it was
    // answered.
    constexpr int16_t init_producer_id = 22;
    if (api == init_producer_id && error == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<KafkaWatch*>(watch)->producer_id_answered_ = true;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t KafkaWatch::state_interceptor(rd_kafka_t*, int32_t id, const char*, const char* name, int port, const char* state,
                                                  void* watch) {
    static_cast<KafkaWatch*>(watch)->on_state(id, name == nullptr ? "" : name, port, state == nullptr ? "" : state);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

} // namespace coupon
