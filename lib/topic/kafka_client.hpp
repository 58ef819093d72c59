#pragma once

#include "core/server_settings.hpp"
#include "topic/kafka_config.hpp"
#include "topic/kafka_handle.hpp"
#include "topic/kafka_watch.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Private to this room.
namespace coupon {

/// A topic as a broker describes it.
struct TopicShape {
    std::vector<PartitionShape> details;  ///< by id
    std::vector<std::int32_t> partitions; ///< ascending
    std::vector<std::int32_t> leaderless; ///< those of them nobody leads at the moment
};

/// One librdkafka client with its topic and its watch: what all four adapters are made of. One thread.
class KafkaClient {
public:
    [[nodiscard]] static Result<std::unique_ptr<KafkaClient>> open(const KafkaOptions& options, KafkaRole role, KafkaHooks hooks = {});
    KafkaClient(const KafkaClient&) = delete;
    KafkaClient& operator=(const KafkaClient&) = delete;
    /// Takes half a second at the most, whatever the brokers do. Nothing is flushed, no group is left.
    ~KafkaClient();

    [[nodiscard]] rd_kafka_t* get() const { return client_; }
    [[nodiscard]] rd_kafka_topic_t* topic() const { return topic_.get(); }
    [[nodiscard]] const KafkaOptions& options() const { return options_; }
    [[nodiscard]] KafkaWatch& watch() const { return *watch_; }

    /// Lets the client tell its news (error events, delivery reports), waiting up to `wait` for the first.
    void serve(Milliseconds wait);

    /// Asks until it is answered. `ask` gets the milliseconds it may block and returns librdkafka's error; passing troubles are asked
    /// again until the deadline (unreachable). A refused login ends it at once. `what` is the thing tried.
    [[nodiscard]] Status insist(Deadline deadline, const std::string& what, const std::function<rd_kafka_resp_err_t(int)>& ask);

    /// The id of the cluster. Faults: unreachable, denied.
    [[nodiscard]] Result<std::string> cluster_id(Deadline deadline);

    /// The topic by a fresh Metadata answer. Faults: unreachable, denied, missing; usage where the options name another cluster.
    [[nodiscard]] Result<TopicShape> ask_topic(Deadline deadline);
    /// The ids of the brokers, ascending, by a fresh Metadata answer. Faults: unreachable, denied.
    [[nodiscard]] Result<std::vector<std::int32_t>> ask_brokers(Deadline deadline);
    /// The topic, once every partition has a leader.
    [[nodiscard]] Result<TopicShape> ask_led_topic(Deadline deadline);
    /// Asks each broker that leads a partition for something, so that it is known to answer. Faults: unreachable, denied.
    [[nodiscard]] Status reach_leaders(const TopicShape& shape, Deadline deadline);

    /// The fault of a call that nobody answered in time. Where a broker answers and another one does not at the address that it
    /// advertises, it names that one. `why` as for unreachable_fault().
    [[nodiscard]] Fault unreachable(const std::string& why) const;
    /// The fault of a call to the group's coordinator, which failed with `fault`: where brokers answer, the group has no coordinator.
    [[nodiscard]] Fault of_coordinator(const Fault& fault) const;
    [[nodiscard]] bool is_without_coordinator(const Fault& fault) const;

private:
    [[nodiscard]] Status check_cluster(Deadline deadline);
    KafkaClient(const KafkaOptions& options, KafkaRole role, std::shared_ptr<KafkaWatch> watch, rd_kafka_t* client);

    const KafkaOptions options_;
    const KafkaRole role_;
    std::shared_ptr<KafkaWatch> watch_;
    rd_kafka_t* client_;
    KafkaTopicHandle topic_;
    bool is_right_cluster_ = false;
};

/// Milliseconds from now to the deadline as librdkafka takes them, 0 when it is over.
[[nodiscard]] int remaining_ms(Deadline deadline);

} // namespace coupon
