#include "cli/options/kafka_options.hpp"

#include "cli/config/secret_file.hpp"
#include "cli/options/server_url.hpp"
#include "cli/usage_error.hpp"
#include "core/escape.hpp"
#include "core/loopback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <memory>

namespace coupon {

namespace {

/// Properties whose value is a secret, by the end of their name: an argument can be read by everybody on the machine.
bool is_secret(std::string_view name) {
    constexpr std::array<std::string_view, 3> endings{"password", "secret", "key.pem"};
    return std::any_of(endings.begin(), endings.end(), [name](std::string_view ending) { return name.ends_with(ending); });
}

/// A refusal shows the name only: the value may be a password.
std::string accept_property(std::string_view text, KafkaOptions& options) {
    const auto equals = text.find('=');
    const std::string name(text.substr(0, std::min(equals, text.find_first_of(" :"))));
    if (name.empty() || equals != name.size() || equals + 1 == text.size()) {
        return fmt::format("invalid value \"{}\": expected a librdkafka property and its value, such as security.protocol=SASL_SSL",
                           escape(name, 80));
    }
    if (is_secret(name)) {
        return fmt::format(
            "the value of {} is a secret, and every user of this machine could read it here; use --kafka-password-file, or for "
            "keys the property that names a file",
            escape(name, 80));
    }
    if (const auto why = property_refusal(name); !why.empty()) return why;
    options.properties.emplace_back(name, text.substr(equals + 1));
    return {};
}

/// A record must be reported before the application's own time is up, so that its answer is "pending" and not "unknown".
Milliseconds message_timeout(Milliseconds timeout) {
    return std::max(timeout / 2, timeout - std::chrono::seconds(1));
}

/// The value that counts of those given, in small letters.
std::string property(const KafkaOptions& options, std::initializer_list<std::string_view> names) {
    std::string value;
    for (const auto& [name, given] : options.properties) {
        if (std::find(names.begin(), names.end(), name) != names.end()) value = given;
    }
    std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value;
}

/// Whether the mechanism PLAIN sends the password without TLS to a broker that is not on this machine.
bool tells_password(const KafkaOptions& options) {
    if (property(options, {"security.protocol"}) != "sasl_plaintext") return false;
    if (property(options, {"sasl.mechanism", "sasl.mechanisms"}) != "plain") return false;
    const auto hosts = hosts_of(options.brokers);
    return !std::all_of(hosts.begin(), hosts.end(), [](const std::string& host) { return is_loopback(host); });
}

} // namespace

void add_kafka_options(CommandLine& line, KafkaOptions& options, TopicWish& wish, const EventName& event, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn) {
    line.group("Kafka (the topic)");
    line.value({"--brokers", "LIST", "host:port, or several with commas between (default 127.0.0.1:9092)", "COUPON_BROKERS"},
               [&options](std::string_view text) -> std::string {
                   auto brokers = parse_brokers(text);
                   if (!brokers) return brokers.fault().message;
                   options.brokers = std::move(*brokers);
                   return {};
               });
    line.value({"--topic", "NAME",
                "topic of the winners' records (default: the topic of the round; for a first round coupon_create or coupon_create_EVENT)",
                "COUPON_TOPIC"},
               topic_name(), wish.topic);
    line.value({"--group", "NAME",
                "consumer group of the workers (default: the group of the round; for a first round coupon_issuer or coupon_issuer_EVENT)",
                "COUPON_GROUP"},
               group_name(), wish.group);
    line.values({"-X,--kafka-property", "NAME=VALUE",
                 "librdkafka property from the allow-list, for example security.protocol=SASL_SSL; can be "
                 "repeated"},
                [&options](std::string_view text) { return accept_property(text, options); });
    const auto file = std::make_shared<std::string>();
    line.value({"--kafka-password-file", "FILE", "file of mode 0600 whose only line is the SASL password", "COUPON_KAFKA_PASSWORD_FILE"},
               path(), *file);
    line.afterwards([&options, &wish, &event, &timeout, file, warn = std::move(warn)] {
        options.topic = wish.topic.value_or(default_topic(event.text()));
        options.group = wish.group.value_or(default_group(event.text()));
        options.timeout = timeout.timeout();
        options.message_timeout = message_timeout(timeout.timeout());
        if (file->empty()) return;
        auto password = read_secret_file(*file);
        if (!password) throw UsageError(fmt::format("--kafka-password-file: {}", password.fault().message));
        options.properties.emplace_back("sasl.password", std::move(*password));
        if (!tells_password(options)) return;
        warn(fmt::format("the Kafka password goes to {} in clear text; use -X security.protocol=SASL_SSL", escape(options.brokers)));
    });
}

Result<KafkaOptions> bound(const KafkaOptions& options, const TopicWish& wish, const TopicNames& names, const EventName& event,
                           Round round) {
    const auto found = names_for(event.text(), names, wish, fmt::format("round {} of event {}", round.text(), event.text()));
    if (!found) return found.fault();
    auto chosen = options;
    chosen.topic = found->topic;
    chosen.group = found->group;
    chosen.cluster_id = found->cluster_id;
    chosen.has_open_round = names.is_open;
    return chosen;
}

} // namespace coupon
