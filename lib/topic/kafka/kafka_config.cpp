#include "topic/kafka/kafka_config.hpp"

#include "core/escape.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

Settings common_settings(const KafkaOptions& options) {
    return {
        {"bootstrap.servers", options.brokers},
        {"client.id", "coupon"},
        {"socket.nagle.disable", "true"},
        {"socket.keepalive.enable", "true"},
        {"socket.timeout.ms", "10000"},       // the default of 60 s is how long a paused broker would be believed in
        {"reconnect.backoff.max.ms", "1000"}, // the default of 10 s would be lost after every outage
        {"topic.metadata.propagation.max.ms", "1000"},
        {"allow.auto.create.topics", "false"}, // a mistyped topic must not come into being
        {"sasl.mechanisms", "PLAIN"},          // the default, GSSAPI, runs kinit in a shell
        {"enable.ssl.certificate.verification", "true"},
        {"ssl.endpoint.identification.algorithm", "https"},
    };
}

Settings publisher_settings(const KafkaOptions& options) {
    return {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"message.timeout.ms", std::to_string(options.message_timeout.count())},
        {"linger.ms", std::to_string(options.linger.count())},
        {"batch.size", "49152"},           // a topic's max.message.bytes bounds a whole batch, and coupon-reset sets it to 64 KiB
        {"partitioner", "murmur2_random"}, // as Java's producer chooses
    };
}

Settings consumer_settings(const KafkaOptions& options) {
    return {
        {"group.id", options.group},
        {"auto.offset.reset", "earliest"}, // the default, largest, skips what came before the first worker
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"isolation.level", "read_uncommitted"}, // as Java's consumer; the audit and the worker see the same records
        {"check.crcs", "true"},
        {"receive.message.max.bytes", "2147483647"}, // any record that a topic allows comes whole; the default of 100 MB would loop
        {"fetch.error.backoff.ms", "100"},
    };
}

/// An eager assignor: the cooperative one loops, crashes and resumes stale positions up to 2.10.
Settings member_settings() {
    return {
        {"partition.assignment.strategy", "range,roundrobin"},
        {"session.timeout.ms", "6000"},   // the least a broker accepts by default; a killed worker's partitions wait this long
        {"heartbeat.interval.ms", "500"}, // members hear of a rebalance at a heartbeat
        {"topic.metadata.refresh.interval.ms", "1000"}, // a deleted topic is noticed at a refresh only
        {"enable.partition.eof", "true"}, // the end of a partition may be no record, and the position goes past it all the same
        {"fetch.wait.max.ms", "50"},      // as long as this, partitions that are new to a worker wait for the answer about its old ones
        {"queued.max.messages.kbytes", "4096"}, // of each partition, as long as its records have a queue of their own
        {"queued.min.messages", "30000"},       // of each partition; the 100000 fetched ahead by default take 40 MB
        {"fetch.message.max.bytes", "131072"},  // some 1400 records of one partition, then the next: by default 11000, and its lane is full
    };
}

Settings reader_settings() {
    return {
        {"enable.partition.eof", "true"}, // a range may end in a gap, and then no record tells that it is over
        {"fetch.wait.max.ms", "50"},      // how long the broker holds back the answer that says "end"
        {"queued.min.messages", "40000"}, // of each partition; the 100000 fetched ahead by default take memory and are no faster
        {"queued.max.messages.kbytes", "16384"},
    };
}

void append(Settings& settings, const Settings& more) {
    settings.insert(settings.end(), more.begin(), more.end());
}

Settings settings_of(const KafkaOptions& options, KafkaRole role) {
    auto settings = common_settings(options);
    switch (role) {
    case KafkaRole::publisher: append(settings, publisher_settings(options)); break;
    case KafkaRole::member:
        append(settings, consumer_settings(options));
        append(settings, member_settings());
        break;
    case KafkaRole::reader:
        append(settings, consumer_settings(options));
        append(settings, reader_settings());
        break;
    case KafkaRole::admin: break;
    }
    return settings;
}

bool is_secret(const std::string& name) {
    static constexpr std::array endings{"password", "secret", "pem", "jaas", "token"};
    return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> text{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK) return Done{};
    // librdkafka's sentence names the property and may repeat the value.
    const auto why = is_secret(name) ? std::string("the value is not shown") : escape(text.data());
    return Fault{FaultKind::usage, "kafka property " + escape(name) + " is wrong (" + why + ")", ""};
}

} // namespace

Result<KafkaConf> make_conf(const KafkaOptions& options, KafkaRole role) {
    KafkaConf conf(rd_kafka_conf_new());
    for (const auto& [name, value] : settings_of(options, role)) {
        if (auto done = set(conf.get(), name, value); !done) return done.fault();
    }
    for (const auto& [name, value] : options.properties) {
        if (const auto why = property_refusal(name); !why.empty()) return Fault{FaultKind::usage, why, ""};
        // Kerberos runs a command of the shell, made of properties.
        if ((name == "sasl.mechanisms" || name == "sasl.mechanism") && value == "GSSAPI")
            return Fault{FaultKind::usage, "kafka property " + name + " may not be GSSAPI: it runs programs",
                         "name another one, such as -X sasl.mechanisms=PLAIN"};
        if (auto done = set(conf.get(), name, value); !done) return done.fault();
    }
    return conf;
}

} // namespace coupon
