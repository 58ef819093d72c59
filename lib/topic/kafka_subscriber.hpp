#pragma once

#include "topic/kafka_client.hpp"
#include "topic/subscriber.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

/// Private to this room.
namespace coupon {

class KafkaSubscriber final : public Subscriber {
public:
    [[nodiscard]] static Result<std::unique_ptr<KafkaSubscriber>> open(const KafkaOptions& options);
    KafkaSubscriber(const KafkaSubscriber&) = delete;
    KafkaSubscriber& operator=(const KafkaSubscriber&) = delete;
    /// Leaves the group if leave() was not called, within a second.
    ~KafkaSubscriber() override;

    Result<Polled> poll(Milliseconds wait) override;
    Status commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) override;
    void pause() override;
    void resume() override;
    void before_revoke(std::function<void()> finish) override { before_revoke_ = std::move(finish); }
    [[nodiscard]] const std::set<std::int32_t>& assigned() const override { return assigned_; }
    void leave(Deadline deadline) override;

private:
    KafkaSubscriber() = default;

    [[nodiscard]] Status start(const KafkaOptions& options);
    void on_rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions);
    /// Pauses or resumes what is assigned, as pause_ says.
    void apply_pause();
    /// The record of a message, unless it must wait.
    [[nodiscard]] std::optional<SourceRecord> take_record(const rd_kafka_message_t* message);
    /// What the client told beside records, or NothingCame.
    [[nodiscard]] Polled take_news();
    /// What ended this member for good, if anything.
    [[nodiscard]] std::optional<Fault> end_of_it() const;
    void on_error(const rd_kafka_message_t& message);
    /// A topic that is said to be missing is only so when the brokers keep saying it.
    [[nodiscard]] std::optional<Fault> confirm_missing(Deadline deadline);
    [[nodiscard]] Status commit_answer(rd_kafka_event_t* event) const;
    [[nodiscard]] KafkaPartitionList list_of_assigned() const;

    std::function<void()> before_revoke_;
    std::set<std::int32_t> assigned_;
    bool has_assignment_changed_ = false;
    std::optional<SourceRecord> held_; ///< came together with the news of a new assignment, which goes first
    bool is_paused_ = false;
    bool is_away_ = false;              ///< as the caller was told
    std::optional<Fault> gave_up_;      ///< what no waiting cures
    std::optional<Tick> missing_since_; ///< the first Metadata answer that did not know the topic
    bool may_be_missing_ = false;
    Tick next_missing_check_;
    bool has_left_ = false;
    std::unique_ptr<KafkaClient> client_; ///< last, so that it ends first: its callbacks use all the others
};

} // namespace coupon
