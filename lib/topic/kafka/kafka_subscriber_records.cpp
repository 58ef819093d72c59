#include "core/escape.hpp"
#include "core/log_identity.hpp"
#include "core/outside_number.hpp"
#include "topic/kafka/kafka_record.hpp"
#include "topic/kafka/kafka_subscriber.hpp"

#include <algorithm>
#include <utility>

/// What a member takes from its partitions: records, and ends that are no records.
namespace coupon {

namespace {

constexpr int longest_start_ms = 1000;

} // namespace

std::optional<SourceRecord> KafkaSubscriber::checked(const rd_kafka_message_t& message) {
    if (is_offset(message.offset)) return record_of(message);
    gave_up_ = Fault{FaultKind::corrupt,
                     "kafka at " + escape(client_->options().brokers) + " sent a record of offset " + std::to_string(message.offset) +
                         ", which cannot be",
                     ""};
    return std::nullopt;
}

std::optional<Polled> KafkaSubscriber::next_record() {
    if (is_paused_ || fell_back_) return std::nullopt;
    const auto is_free = [&](const SourceRecord& one) { return !held_.contains(one.at.partition); };
    if (const auto first = std::find_if(early_.begin(), early_.end(), is_free); first != early_.end()) {
        Polled record = std::move(*first);
        early_.erase(first);
        return record;
    }
    // Each partition in its turn: one that is full of records keeps none of the others waiting.
    auto next = inboxes_.upper_bound(last_polled_);
    for (std::size_t i = 0; i < inboxes_.size(); ++i, ++next) {
        if (next == inboxes_.end()) next = inboxes_.begin();
        if (held_.contains(next->first)) continue;
        // Singly: the batch calls of this librdkafka may skip records.
        const KafkaMessage message(rd_kafka_consume_queue(next->second.queue.get(), 0));
        if (message == nullptr) continue;
        if (auto taken = take_from(next->first, next->second, *message); taken || fell_back_) return taken;
    }
    return std::nullopt;
}

std::optional<Polled> KafkaSubscriber::take_from(std::int32_t partition, KafkaInbox& inbox, const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return take_end(partition, inbox, message.offset);
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        on_error(message);
        return std::nullopt;
    }
    client_->watch().on_sign_of_life();
    last_polled_ = partition;
    auto record = checked(message);
    if (!record) return std::nullopt;
    fell_back_ = inbox.next && is_another_log(*inbox.next, record->at.offset);
    if (fell_back_) return std::nullopt;
    inbox.note(*record);
    return Polled{*std::move(record)};
}

std::optional<Polled> KafkaSubscriber::take_end(std::int32_t partition, KafkaInbox& inbox, std::int64_t end) {
    if (!is_offset(end)) return std::nullopt;
    const auto known = inbox.next ? *inbox.next : start_of(partition);
    fell_back_ = is_another_log(known, end);
    inbox.next = end;
    if (end <= known) return std::nullopt;
    return Polled{PartitionEnd{partition, end}};
}

std::int64_t KafkaSubscriber::start_of(std::int32_t partition) {
    if (starts_.empty()) {
        const auto group = list_of({assigned_.begin(), assigned_.end()});
        // Where no answer comes the end is told, and committed once more.
        const bool is_known = rd_kafka_committed(client_->get(), group.get(), longest_start_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
        for (int i = 0; i < group->cnt; ++i)
            starts_[group->elems[i].partition] = is_known ? std::max<std::int64_t>(group->elems[i].offset, 0) : 0;
        for (const auto& [assigned, start] : starts_) {
            if (start > 0) committed_.insert(assigned);
        }
    }
    return starts_[partition];
}

} // namespace coupon
