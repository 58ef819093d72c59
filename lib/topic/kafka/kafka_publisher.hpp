#pragma once

#include "topic/kafka/kafka_client.hpp"
#include "topic/publisher.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

/// Private to this room.
namespace coupon {

class KafkaPublisher final : public Publisher {
public:
    [[nodiscard]] static Result<std::unique_ptr<KafkaPublisher>> open(const KafkaOptions& options);
    /// As KafkaClient::bind(): for one that was opened without a topic.
    void bind(const KafkaOptions& options);
    KafkaPublisher(const KafkaPublisher&) = delete;
    KafkaPublisher& operator=(const KafkaPublisher&) = delete;
    /// What is still in flight is given up: it may or may not get onto the topic.
    ~KafkaPublisher() override = default;

    Status check(Deadline deadline) override;
    void submit(std::uint64_t ticket, const IssueRecord& record) override;
    std::size_t poll(std::vector<Delivery>& out, Milliseconds wait) override;
    [[nodiscard]] std::size_t in_flight() const override { return in_flight_.size() + waiting_.size() + reports_.size(); }

    /// Puts the producer into the fatal state librdkafka never leaves; for tests.
    void break_producer();

private:
    /// A record the client's queue has no room for.
    struct Waiting {
        std::uint64_t ticket;
        RawRecord raw;
        Deadline deadline;
    };

    explicit KafkaPublisher(const KafkaOptions& options) : options_(options) {}

    [[nodiscard]] Status make_client();
    /// Waits for the producer id, without which nothing can be published. The broker refuses it to a user without Write on any topic.
    [[nodiscard]] Status check_producer_id(Deadline deadline);
    [[nodiscard]] Fault lacks_write() const;
    [[nodiscard]] rd_kafka_resp_err_t produce(std::uint64_t ticket, const RawRecord& raw);
    void submit_raw(std::uint64_t ticket, RawRecord&& raw, Deadline deadline);
    void submit_waiting();
    void on_delivery(const rd_kafka_message_t& message);
    [[nodiscard]] Status report_of(const rd_kafka_message_t& message) const;
    [[nodiscard]] Fault not_published(rd_kafka_resp_err_t error) const;
    /// Reports all that a client in a state without return cannot report any more.
    void look_after_client();
    void give_up_queued();
    void replace_client();

    KafkaOptions options_;
    std::uint64_t last_number_ = 0;
    std::unordered_map<std::uint64_t, std::uint64_t> in_flight_; ///< tickets by our own numbers, which the caller cannot repeat
    std::deque<Waiting> waiting_;
    std::vector<Delivery> reports_;
    std::optional<Fault> no_client_;      ///< why a client that gave up could not be replaced
    bool is_given_up_ = false;            ///< denied, and what was queued is purged
    std::unique_ptr<KafkaClient> client_; ///< last, so that it ends first: its callbacks use all the others
};

} // namespace coupon
