#include "topic/kafka/kafka_fault.hpp"

#include "core/escape.hpp"
#include "core/topic_binding.hpp"

#include <algorithm>
#include <string_view>

namespace coupon {

namespace {

bool uses_scram(const KafkaOptions& options) {
    return std::any_of(options.properties.begin(), options.properties.end(), [](const auto& property) {
        return (property.first == "sasl.mechanism" || property.first == "sasl.mechanisms") && property.second.starts_with("SCRAM");
    });
}

FaultKind kind_of(rd_kafka_resp_err_t error) {
    if (is_denial(error)) return FaultKind::denied;
    if (is_missing(error)) return FaultKind::missing;
    if (is_passing(error)) return FaultKind::unreachable;
    // The client's own codes are many; those named here mean that this server cannot do it.
    if (error == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE || error == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION) return FaultKind::unsupported;
    return FaultKind::refused;
}

std::string start_hint(const KafkaOptions& options) {
    return "start it, or correct --brokers: kafka-topics.sh --bootstrap-server " + escape(options.brokers) +
           " --list tells whether it answers";
}

std::string duration_text(Milliseconds time) {
    const bool is_whole = time.count() % 1000 == 0;
    return std::to_string(is_whole ? time.count() / 1000 : time.count()) + (is_whole ? " s" : " ms");
}

} // namespace

// "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT, 1 identical
// error(s) suppressed)": rd_kafka_broker_fail() of librdkafka.
std::string plain_reason(std::string_view why) {
    constexpr std::string_view failed = " failed: ";
    why = why.substr(0, why.find(" (after "));
    if (const auto slash = why.find('/'); slash != std::string_view::npos && why.find(": ", slash) < why.find(' '))
        why.remove_prefix(why.find(": ", slash) + 2);
    if (const auto at = why.find(failed); why.starts_with("Connect to ") && at != std::string_view::npos)
        why.remove_prefix(at + failed.size());
    std::string reason(why);
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (reason.size() > 1 && is_capital(reason[0]) && !is_capital(reason[1])) reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
    return reason;
}

bool is_denial(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM || is_missing_right(error);
}

bool is_missing_right(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

bool is_missing(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

bool is_passing(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
           error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
           error == RD_KAFKA_RESP_ERR__RESOLVE || error == RD_KAFKA_RESP_ERR__WAIT_COORD || error == RD_KAFKA_RESP_ERR__WAIT_CACHE ||
           error == RD_KAFKA_RESP_ERR__IN_PROGRESS || error == RD_KAFKA_RESP_ERR__SSL || error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || error == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
           error == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH || error == RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE || error == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT || error == RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION ||
           error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS || error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || error == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
           error == RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS || error == RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND ||
           error == RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR;
}

Fault fault_of(rd_kafka_resp_err_t error, const std::string& what, const KafkaOptions& options) {
    const std::string why = rd_kafka_err2str(error);
    const auto kind = kind_of(error);
    if (kind == FaultKind::missing && error != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) return missing_topic_fault(options);
    const auto message = "cannot " + what + " on kafka at " + escape(options.brokers) + " (" + escape(why) + ")";
    switch (kind) {
    case FaultKind::denied: return {kind, message, denied_fault(why, options).hint};
    case FaultKind::missing: return {kind, message, missing_topic_fault(options).hint};
    case FaultKind::unreachable: return {kind, message, start_hint(options)};
    case FaultKind::unsupported: return {kind, message, ""};
    case FaultKind::unknown:
    case FaultKind::refused:
    case FaultKind::not_armed:
    case FaultKind::corrupt:
    case FaultKind::conflict:
    case FaultKind::not_mine:
    case FaultKind::not_quiescent:
    case FaultKind::usage:
    case FaultKind::already_running:
    case FaultKind::interrupted: break;
    }
    return {FaultKind::refused, message, ""};
}

Fault unreachable_fault(const std::string& why, const KafkaOptions& options) {
    const auto where = "kafka at " + escape(options.brokers);
    return {FaultKind::unreachable,
            why.empty() ? where + " did not answer within " + duration_text(options.timeout)
                        : "cannot connect to " + where + ": " + escape(plain_reason(why)),
            start_hint(options)};
}

Fault unreached_broker_fault(std::int32_t broker, const std::string& address, const std::string& why, const KafkaOptions& options) {
    return {FaultKind::unreachable,
            "kafka at " + escape(options.brokers) + " answers, but its broker " + std::to_string(broker) + " does not at " +
                escape(address) + ", the address that it advertises (" + (why.empty() ? "no answer in time" : escape(plain_reason(why))) +
                ")",
            "correct advertised.listeners of that broker, or open the way to that address"};
}

Fault denied_fault(const std::string& why, const KafkaOptions& options) {
    // librdkafka before 2.6.1 cannot log in to Kafka 4 with SCRAM, and gets "invalid credentials" for the right password.
    const auto hint = uses_scram(options)
                          ? "check user name and password; this librdkafka cannot log in to Kafka 4 with SCRAM at all, use "
                            "sasl.mechanisms=PLAIN over security.protocol=SASL_SSL there"
                          : "check user name, password, certificates (-X sasl.*, -X ssl.*) and the permissions of this user";
    return {FaultKind::denied, "kafka at " + escape(options.brokers) + " refuses this user (" + escape(why) + ")", hint};
}

Fault lacks_rights_fault(std::span<const TopicRight> lacking, const KafkaOptions& options) {
    const auto login = std::find_if(options.properties.rbegin(), options.properties.rend(),
                                    [](const auto& property) { return property.first == "sasl.username"; });
    const auto user = login == options.properties.rend() ? std::string() : escape(login->second);
    std::string rights;
    std::string commands;
    for (const auto& [operation, resource] : lacking) {
        const bool is_topic = resource == TopicRight::Resource::topic;
        const auto kind = std::string(is_topic ? "topic " : "group ");
        const auto name = escape(is_topic ? options.topic : options.group);
        rights += (rights.empty() ? "" : ", ") + std::string(operation) + " on " + kind + name;
        commands += (commands.empty() ? "" : "; ") + std::string("kafka-acls.sh --bootstrap-server ") + escape(options.brokers) +
                    " --add --allow-principal User:" + (user.empty() ? "<user>" : user) + " --operation " + std::string(operation) + " --" +
                    kind + name;
    }
    return {FaultKind::denied, "kafka at " + escape(options.brokers) + ": the user" + (user.empty() ? "" : " " + user) + " lacks " + rights,
            commands};
}

Fault fault_of(rd_kafka_resp_err_t error, const std::string& what, const TopicRight& needed, const KafkaOptions& options) {
    if (is_missing_right(error)) return lacks_rights_fault(std::span(&needed, 1), options);
    return fault_of(error, what, options);
}

Fault missing_topic_fault(const KafkaOptions& options) {
    const auto what = "the topic " + escape(options.topic) + (options.has_open_round ? " is gone: it does not exist" : " does not exist");
    return {FaultKind::missing, what + " on kafka at " + escape(options.brokers), missing_topic_hint(options.has_open_round)};
}

} // namespace coupon
