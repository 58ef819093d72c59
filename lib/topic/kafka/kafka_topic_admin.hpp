#pragma once

#include "topic/kafka/kafka_client.hpp"
#include "topic/topic_admin.hpp"

#include <memory>

/// Private to this room.
namespace coupon {

class KafkaTopicAdmin final : public TopicAdmin {
public:
    explicit KafkaTopicAdmin(std::unique_ptr<KafkaClient> client) : client_(std::move(client)) {}

    Result<std::string> cluster_id(Deadline deadline) override { return client_->cluster_id(deadline); }
    Result<bool> exists(Deadline deadline) override;
    Status create(int partitions, Deadline deadline) override;
    Status purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline deadline) override;

private:
    [[nodiscard]] Status create_topic(int partitions, Deadline deadline);
    [[nodiscard]] Status wait_for_leaders(Deadline deadline);

    std::unique_ptr<KafkaClient> client_;
};

} // namespace coupon
