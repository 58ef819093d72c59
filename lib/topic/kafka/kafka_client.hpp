#pragma once

#include "core/server_settings.hpp"
#include "topic/kafka/kafka_config.hpp"
#include "topic/kafka/kafka_handle.hpp"
#include "topic/kafka/kafka_watch.hpp"

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
    std::vector<std::int32_t> leaderless; ///< those of them without a leader at the moment
};

/// What is done about a topic that a broker does not know, where it was just made or a round is open.
enum class NewTopic { waited_for, asked_once };

/// One librdkafka client with its topic and its watch: what all four adapters are made of. One thread.
class KafkaClient {
public:
    /// Where the options name no topic, bind() must before anything is asked of it.
    [[nodiscard]] static Result<std::unique_ptr<KafkaClient>> open(const KafkaOptions& options, KafkaRole role, KafkaHooks hooks = {});
    KafkaClient(const KafkaClient&) = delete;
    KafkaClient& operator=(const KafkaClient&) = delete;
    /// Takes half a second at the most, whatever the brokers do. Nothing is flushed, no group is left.
    ~KafkaClient();

    /// Names the topic of a client that was opened without one, and what else was not known then; the other options are the same.
    void bind(const KafkaOptions& options);

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

    /// The topic by a fresh Metadata answer. Brokers learn of a new topic one after the other, so one that must be there is asked for again
    /// before it is missing: until the deadline where it was made just now; otherwise, with a round open, for half of the time left, 2 s at
    /// the most, unless it was missing already; not at all with NewTopic::asked_once. Faults: unreachable, denied, missing; usage where the
    /// options name another cluster.
    [[nodiscard]] Result<TopicShape> ask_topic(Deadline deadline, NewTopic about = NewTopic::waited_for);
    /// The ids of the brokers, ascending, by a fresh Metadata answer. Faults: unreachable, denied.
    [[nodiscard]] Result<std::vector<std::int32_t>> ask_brokers(Deadline deadline);
    /// The topic, once every partition has a leader.
    [[nodiscard]] Result<TopicShape> ask_led_topic(Deadline deadline);
    /// Asks each broker that leads a partition for something, so that it is known to answer. Faults: unreachable, denied.
    [[nodiscard]] Status reach_leaders(const TopicShape& shape, Deadline deadline);

    /// The fault of a call that was not answered in time. Where a broker answers and another one does not at the address that it
    /// advertises, it names that one. `why` as for unreachable_fault().
    [[nodiscard]] Fault unreachable(const std::string& why) const;
    /// The fault of a call to the group's coordinator, which failed with `fault`: where brokers answer, the group has no coordinator.
    [[nodiscard]] Fault of_coordinator(const Fault& fault) const;
    [[nodiscard]] bool is_without_coordinator(const Fault& fault) const;

    /// The error of a partition of a topic that is in the Metadata: its leader may not know it yet, which passes until the deadline.
    [[nodiscard]] static rd_kafka_resp_err_t of_known_topic(rd_kafka_resp_err_t error, Deadline deadline);

private:
    [[nodiscard]] Status check_cluster(Deadline deadline);
    /// Until when a topic that a broker does not know is asked for again.
    [[nodiscard]] Deadline waits_for_topic_until(Deadline deadline) const;
    KafkaClient(const KafkaOptions& options, KafkaRole role, std::shared_ptr<KafkaWatch> watch, rd_kafka_t* client);

    KafkaOptions options_;
    const KafkaRole role_;
    std::shared_ptr<KafkaWatch> watch_;
    rd_kafka_t* client_;
    KafkaTopicHandle topic_;
    bool is_right_cluster_ = false;
    bool is_known_missing_ = false; ///< by the last answer
};

/// Milliseconds from now to the deadline as librdkafka takes them, 0 when it is over.
[[nodiscard]] int remaining_ms(Deadline deadline);

} // namespace coupon
