#pragma once

#include "topic/kafka/kafka_client.hpp"
#include "topic/topic_log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

/// Private to this room.
namespace coupon {

class KafkaTopicLog final : public TopicLog {
public:
    explicit KafkaTopicLog(std::unique_ptr<KafkaClient> client) : client_(std::move(client)) {}

    Result<std::vector<PartitionLag>> partitions(Deadline deadline) override;
    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take, Deadline deadline) override;
    Result<GroupSight> group(Deadline deadline) override;
    Result<TopicSettings> settings(Deadline deadline) override;

private:
    /// Ranges still to be read, by partition.
    using Open = std::map<std::int32_t, OffsetRange>;

    /// A list of these partitions of the topic, each with that offset.
    [[nodiscard]] KafkaPartitionList list_of(const std::vector<std::int32_t>& partitions, std::int64_t offset) const;
    /// The offset of each partition at one end of the log: RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END.
    [[nodiscard]] Result<std::map<std::int32_t, std::int64_t>> ends(const std::vector<std::int32_t>& partitions, std::int64_t which,
                                                                    Deadline deadline);
    /// What of the ranges can still hold records. Faults: missing, usage (a partition twice), and those of the watermarks.
    [[nodiscard]] Result<Open> open_ranges(const std::vector<OffsetRange>& ranges, Deadline deadline);
    /// Counts the records between the group's position and the end, where there are offsets left.
    [[nodiscard]] Status count_unread(std::vector<PartitionLag>& lags, Deadline deadline);
    /// Whether the group goes forward so far from the end that a count would be old at once.
    [[nodiscard]] bool is_on_its_way(const PartitionLag& lag) const;
    /// Takes a message within its range; false where no more of its partition is wanted.
    using Take = std::function<bool(const rd_kafka_message_t&)>;
    [[nodiscard]] Status read_open(Open open, const Take& take, Deadline deadline);
    [[nodiscard]] Status read_assigned(Open& open, const Take& take, Deadline deadline);
    /// Once as many records as may be waiting in its queue, librdkafka before 2.2 (fetch.queue.backoff.ms) looks only after a second
    /// whether there is room again, however soon there was. Any request to the broker makes it look; the answer to this one is of no
    /// interest. It is sent every few thousand records, too, so that the broker's next ones come while those are taken.
    void make_it_fetch(std::int32_t partition);
    [[nodiscard]] Fault not_read(const Open& open) const;
    [[nodiscard]] Fault impossible_offset(std::int32_t partition, std::int64_t offset) const;

    std::string why_not_read_; ///< the last error that came instead of a record
    std::unique_ptr<KafkaClient> client_;
    std::map<std::int32_t, std::int64_t> positions_; ///< of the group, at the last look
};

} // namespace coupon
