#pragma once

#include "core/least_rights.hpp"
#include "topic/publisher.hpp"
#include "topic/subscriber.hpp"
#include "topic/topic_admin.hpp"
#include "topic/topic_log.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

/// Where the Kafka cluster is, which topic, and what else librdkafka is told.
struct KafkaOptions {
    std::string brokers = "127.0.0.1:9092";
    std::string topic = "coupon_create";
    std::string group = "coupon_issuer";
    std::string cluster_id;      ///< of the cluster that the topic must be in; empty: any
    bool has_open_round = false; ///< a round is open whose records are on the topic: where it does not exist, it is gone
    /// A client of these options made the topic, or found it: not every broker may know it yet, so each client waits for it until its
    /// deadline.
    std::shared_ptr<std::atomic<bool>> was_made = std::make_shared<std::atomic<bool>>(false);
    Milliseconds timeout{5000};         ///< for one blocking call without a deadline of its own
    Milliseconds message_timeout{4000}; ///< after which an unacknowledged record is reported as unknown
    Milliseconds linger{0};             ///< how long the producer gathers records; 0 for single applications, a few ms in floods
    std::vector<std::pair<std::string, std::string>> properties; ///< -X prop=val, checked against the allow-list
};

/// Why this librdkafka property may not be set with -X, or an empty text when it may. Properties that load code, run programs, drop checks
/// or change what the suite relies on are refused.
[[nodiscard]] std::string property_refusal(const std::string& name);

/// None of these waits for the broker, unless it checks rights; the first call on the port does. Fault: usage (a property librdkafka
/// rejects). An authentication error event of the broker turns into Fault denied at the next call or poll, at once.
///
/// `rights_of`: denied within options.timeout, with every missing right, unless the user has all rights of this account. Write counts as
/// there if the user may write to any topic: only a record shows whether to this one.
[[nodiscard]] Result<std::unique_ptr<Publisher>> open_kafka_publisher(const KafkaOptions& options);
[[nodiscard]] Result<std::unique_ptr<Subscriber>> open_kafka_subscriber(const KafkaOptions& options);
[[nodiscard]] Result<std::unique_ptr<TopicLog>> open_kafka_topic_log(const KafkaOptions& options,
                                                                     std::optional<Account> rights_of = std::nullopt);
[[nodiscard]] Result<std::unique_ptr<TopicAdmin>> open_kafka_topic_admin(const KafkaOptions& options);

class KafkaPublisher;

/// A producer that connects while its topic is not known yet: coming up takes it longer than a gate takes to say what its round's topic is.
class PublisherStart {
public:
    /// Topic, group and cluster of the options do not count. Does not wait. Fault: usage (a property librdkafka rejects).
    [[nodiscard]] static Result<PublisherStart> begin(KafkaOptions options);
    PublisherStart(PublisherStart&&) noexcept;
    PublisherStart(const PublisherStart&) = delete;
    PublisherStart& operator=(const PublisherStart&) = delete;
    PublisherStart& operator=(PublisherStart&&) = delete;
    ~PublisherStart();

    /// The producer, now that the options say all; what begin() went by is the same in them. Once.
    [[nodiscard]] std::unique_ptr<Publisher> finish(const KafkaOptions& options) &&;

private:
    explicit PublisherStart(std::unique_ptr<KafkaPublisher> publisher);
    std::unique_ptr<KafkaPublisher> publisher_;
};

/// The name and version of the client library, for --version.
[[nodiscard]] std::string kafka_client_version();

} // namespace coupon
