#include "core/escape.hpp"
#include "core/nearest_name.hpp"
#include "core/wording.hpp"
#include "topic/kafka/kafka_topic.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace coupon {

namespace {

constexpr std::array<std::string_view, 46> allowed{
    "security.protocol",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.username",
    "sasl.password",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.crl.location",
    "ssl.curves.list",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.sigalgs.list",
    "client.id",
    "client.rack",
    "group.instance.id",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "max.poll.interval.ms",
    "broker.address.family",
    "broker.address.ttl",
    "connections.max.idle.ms",
    "reconnect.backoff.ms",
    "reconnect.backoff.max.ms",
    "retry.backoff.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.max.fails",
    "socket.receive.buffer.bytes",
    "socket.send.buffer.bytes",
    "socket.timeout.ms",
    "batch.num.messages",
    "compression.codec",
    "compression.level",
    "compression.type",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.wait.max.ms",
    "max.partition.fetch.bytes",
    "queue.buffering.max.messages",
    "queued.max.messages.kbytes",
};

struct Refused {
    std::string_view name; ///< a whole name, or the beginning of names where it ends in a dot
    std::string_view why;
};

constexpr std::array<Refused, 32> refused{{
    {"plugin.", "it loads code"},
    {"ssl.engine.", "it loads code"},
    {"ssl.providers", "it loads code"},
    {"sasl.kerberos.", "it runs programs"},
    {"sasl.oauthbearer.", "it calls other servers"},
    {"test.", "it replaces the cluster by a mock"},
    {"enable.ssl.certificate.verification", "it drops a check"},
    {"ssl.endpoint.identification.algorithm", "it drops a check"},
    {"enable.sasl.oauthbearer.unsecure.jwt", "it drops a check"},
    {"check.crcs", "it drops a check"},
    {"bootstrap.servers", "use --brokers"},
    {"metadata.broker.list", "use --brokers"},
    {"group.id", "use --group"},
    {"message.timeout.ms", "use --timeout"},
    {"delivery.timeout.ms", "use --timeout"},
    {"batch.size", "it fits the topic's max.message.bytes"},
    {"linger.ms", "the programs choose it"},
    {"queue.buffering.max.ms", "the programs choose it"},
    {"enable.idempotence", "the suite relies on it"},
    {"acks", "the suite relies on it"},
    {"request.required.acks", "the suite relies on it"},
    {"partitioner", "the suite relies on it"},
    {"enable.auto.", "the suite relies on it"},
    {"auto.", "the suite relies on it"},
    {"allow.auto.create.topics", "the suite relies on it"},
    {"isolation.level", "the suite relies on it"},
    {"partition.assignment.strategy", "the suite relies on it"},
    {"enable.partition.eof", "the suite relies on it"},
    {"transactional.id", "the suite relies on it"},
    {"delivery.report.only.error", "the suite relies on it"},
    {"debug", "librdkafka's own log is not shown"},
    {"log_level", "librdkafka's own log is not shown"},
}};

bool covers(const Refused& entry, std::string_view name) {
    return entry.name.ends_with('.') ? name.starts_with(entry.name) : name == entry.name;
}

} // namespace

std::string property_refusal(const std::string& name) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) return "";
    const auto known = std::find_if(refused.begin(), refused.end(), [&](const Refused& entry) { return covers(entry, name); });
    if (known != refused.end()) return "Kafka property \"" + escape(name) + "\" cannot be set: " + std::string(known->why);
    const std::vector<std::string> names(allowed.begin(), allowed.end());
    const auto near = nearest_name(name, names);
    return "unknown or disallowed Kafka property \"" + escape(name) + "\"; " +
           (near.empty() ? "allowed: " + joined(names, ", ") : "did you mean " + near + "?");
}

} // namespace coupon
