#pragma once

#include "topic/kafka/kafka_client.hpp"
#include "topic/kafka/kafka_inbox.hpp"
#include "topic/subscriber.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
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
    void hold(const std::set<std::int32_t>& partitions) override;
    void before_revoke(std::function<void()> finish) override { before_revoke_ = std::move(finish); }
    [[nodiscard]] const std::set<std::int32_t>& assigned() const override { return assigned_; }
    [[nodiscard]] Membership membership() const override;
    void leave(Deadline deadline) override;

    /// Makes the client give up for good, as it does by itself when a fatal error is told to it. For tests.
    void break_consumer(rd_kafka_resp_err_t error);

private:
    KafkaSubscriber() = default;

    [[nodiscard]] Status start(const KafkaOptions& options);
    /// Joins the group, or joins it once more.
    [[nodiscard]] Status subscribe();
    /// The partitions are no longer this member's, and the caller hears of it.
    void let_go();
    /// Another log has taken the place of the one that was read: this member joins the group once more and reads from the beginning.
    void start_over();
    void on_rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions);
    /// Pauses and resumes in the client what pause(), resume() and hold() ask for.
    void apply_pauses();
    /// Serves rebalances and errors.
    void serve_group(int wait_ms);
    /// The next record, or end of a partition that is no record.
    [[nodiscard]] std::optional<Polled> next_record();
    [[nodiscard]] std::optional<Polled> take_from(std::int32_t partition, KafkaInbox& inbox, const rd_kafka_message_t& message);
    [[nodiscard]] std::optional<Polled> take_end(std::int32_t partition, KafkaInbox& inbox, std::int64_t end);
    /// Where the group stood as the partitions were assigned, asked for once; 0 where it had no offset.
    [[nodiscard]] std::int64_t start_of(std::int32_t partition);
    /// The record of a message, unless it cannot be, which ends this member.
    [[nodiscard]] std::optional<SourceRecord> checked(const rd_kafka_message_t& message);
    /// What the client told besides records, or NothingCame.
    [[nodiscard]] Polled take_news();
    /// What ended this member for good, if anything.
    [[nodiscard]] std::optional<Fault> end_of_it() const;
    void on_error(const rd_kafka_message_t& message);
    /// Asks for a topic that is said to be missing. It is gone when the brokers keep saying it.
    void confirm_missing(Deadline deadline);
    /// Whether the group's offsets are where this member knows them to be. A broker deletes them with the topic.
    [[nodiscard]] bool has_offsets_of_group() const;
    /// Puts the offsets that the group committed in the log that is gone back to 0.
    void commit_beginning();
    [[nodiscard]] Status commit_answer(rd_kafka_event_t* event) const;
    [[nodiscard]] KafkaPartitionList list_of(const std::vector<std::int32_t>& partitions) const;

    std::function<void()> before_revoke_;
    std::set<std::int32_t> assigned_;
    bool has_assignment_changed_ = false;
    std::map<std::int32_t, KafkaInbox>
        inboxes_; ///< of the assigned partitions; none once this member has left, for they end before the client
    std::map<std::int32_t, std::int64_t> starts_; ///< of the assigned partitions, once one was asked for
    std::set<std::int32_t> held_;                 ///< as the caller asked
    std::deque<SourceRecord> early_;              ///< came to the group's queue
    std::int32_t last_polled_ = -1;
    bool is_paused_ = false;
    bool is_answered_ = false;          ///< the group has given partitions, perhaps none, and not taken them back
    std::int64_t answers_ = 0;          ///< that the group has given
    std::string last_error_;            ///< of the group or its coordinator since it answered last
    bool is_away_ = false;              ///< as the caller was told
    std::optional<Fault> gave_up_;      ///< what no waiting cures
    std::optional<Fault> gone_;         ///< the topic is missing
    std::optional<Tick> missing_since_; ///< the first Metadata answer that did not know the topic
    bool may_be_missing_ = false;
    bool is_other_log_ = false;        ///< nothing is committed, and the next assignment is read from its beginning
    bool fell_back_ = false;           ///< a partition brought an offset of another log
    std::set<std::int32_t> committed_; ///< partitions of which the group is known to have an offset
    Tick next_missing_check_;
    bool has_left_ = false;
    std::unique_ptr<KafkaClient> client_; ///< last, so that it ends first: its callbacks use all the others
};

} // namespace coupon
