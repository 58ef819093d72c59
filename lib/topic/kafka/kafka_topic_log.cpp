#include "topic/kafka/kafka_topic_log.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "topic/kafka/kafka_fault.hpp"
#include "topic/kafka/kafka_group.hpp"
#include "topic/kafka/kafka_rights.hpp"
#include "topic/kafka/kafka_settings.hpp"
#include "topic/kafka/record_relay.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// How long nothing may come before the client is told to look at its queue again.
constexpr int read_slice_ms = 5;
constexpr int longest_nudge_ms = 50;
constexpr int records_between_nudges = 32768;

/// In offsets: as far from the end of a partition, a group that goes forward has records to read.
constexpr std::int64_t far_from_end = 1000;

constexpr TopicRight right_to_read{"Read", TopicRight::Resource::topic};

/// The first error of a list, or none.
rd_kafka_resp_err_t error_in(const rd_kafka_topic_partition_list_t& list) {
    for (int i = 0; i < list.cnt; ++i) {
        if (list.elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return list.elems[i].err;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::map<std::int32_t, std::int64_t> offsets_in(const rd_kafka_topic_partition_list_t& list) {
    std::map<std::int32_t, std::int64_t> offsets;
    for (int i = 0; i < list.cnt; ++i)
        offsets[list.elems[i].partition] = list.elems[i].offset;
    return offsets;
}

} // namespace

KafkaPartitionList KafkaTopicLog::list_of(const std::vector<std::int32_t>& partitions, std::int64_t offset) const {
    KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto partition : partitions)
        rd_kafka_topic_partition_list_add(list.get(), client_->options().topic.c_str(), partition)->offset = offset;
    return list;
}

Result<std::map<std::int32_t, std::int64_t>> KafkaTopicLog::ends(const std::vector<std::int32_t>& partitions, std::int64_t which,
                                                                 Deadline deadline) {
    KafkaPartitionList answer;
    const auto what = "ask for the ends of topic " + escape(client_->options().topic);
    // Not rd_kafka_query_watermark_offsets, which may ignore its timeout. The same request (ListOffsets, whose "times" -2 and -1 mean the
    // ends) goes out from here, once per leader instead of once per partition. The leaders are as fresh as the Metadata asked before.
    auto done = client_->insist(deadline, what, [&](int timeout_ms) {
        answer = list_of(partitions, which);
        const auto error = rd_kafka_offsets_for_times(client_->get(), answer.get(), timeout_ms);
        return KafkaClient::of_known_topic(error == RD_KAFKA_RESP_ERR_NO_ERROR ? error_in(*answer) : error, deadline);
    });
    if (!done) return done.fault();
    auto offsets = offsets_in(*answer);
    for (const auto& [partition, offset] : offsets) {
        if (!is_offset(offset)) return impossible_offset(partition, offset);
    }
    return offsets;
}

Fault KafkaTopicLog::impossible_offset(std::int32_t partition, std::int64_t offset) const {
    return {FaultKind::corrupt,
            "kafka at " + escape(client_->options().brokers) + " tells offset " + std::to_string(offset) + " of partition " +
                std::to_string(partition) + ", which cannot be",
            ""};
}

Result<std::vector<PartitionLag>> KafkaTopicLog::partitions(Deadline deadline) {
    const auto shape = client_->ask_led_topic(deadline);
    if (!shape) return shape.fault();
    const auto low = ends(shape->partitions, RD_KAFKA_OFFSET_BEGINNING, deadline);
    if (!low) return low.fault();
    // The end before the group's position, so that a position at the end means that all up to it was done.
    const auto high = ends(shape->partitions, RD_KAFKA_OFFSET_END, deadline);
    if (!high) return high.fault();
    const auto positions = read_committed(*client_, shape->partitions, deadline);
    if (!positions) return positions.fault();
    std::vector<PartitionLag> lags;
    for (const auto partition : shape->partitions) {
        PartitionLag lag{partition, low->at(partition), high->at(partition), std::nullopt};
        const auto position = positions->at(partition);
        if (position > highest_count) return impossible_offset(partition, position);
        if (position >= 0) lag.committed = position;
        lags.push_back(lag);
    }
    if (auto counted = count_unread(lags, deadline); !counted) return counted.fault();
    return lags;
}

Result<KafkaTopicLog::Open> KafkaTopicLog::open_ranges(const std::vector<OffsetRange>& ranges, Deadline deadline) {
    // Assigning a missing topic or partition brings silence, so it is asked for first.
    const auto shape = client_->ask_led_topic(deadline);
    if (!shape) return shape.fault();
    const auto low = ends(shape->partitions, RD_KAFKA_OFFSET_BEGINNING, deadline);
    if (!low) return low.fault();
    Open open;
    std::map<std::int32_t, int> times;
    for (auto range : ranges) {
        const auto partition = std::to_string(range.partition);
        const auto begin = low->find(range.partition);
        if (begin == low->end()) return fault_of(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "read partition " + partition, client_->options());
        if (++times[range.partition] > 1) return Fault{FaultKind::usage, "partition " + partition + " was asked for twice", ""};
        range.from = std::max(range.from, begin->second);
        if (range.from < range.to) open[range.partition] = range;
    }
    return open;
}

bool KafkaTopicLog::is_on_its_way(const PartitionLag& lag) const {
    const auto before = positions_.find(lag.partition);
    return lag.offsets_left() > far_from_end && before != positions_.end() && before->second != lag.position();
}

Status KafkaTopicLog::count_unread(std::vector<PartitionLag>& lags, Deadline deadline) {
    Open open;
    for (const auto& lag : lags) {
        if (lag.offsets_left() > 0 && !is_on_its_way(lag)) open[lag.partition] = {lag.partition, lag.position(), lag.high};
        positions_[lag.partition] = lag.position();
    }
    std::map<std::int32_t, UnreadRecords> unread;
    const auto count = [&](const rd_kafka_message_t& message) {
        auto& of_partition = unread[message.partition];
        of_partition.count(message.offset);
        return !of_partition.is_enough();
    };
    if (auto done = read_open(open, count, deadline); !done) return done;
    for (auto& lag : lags) {
        if (open.contains(lag.partition)) lag.unread = unread[lag.partition].before(lag.high);
    }
    return Done{};
}

Status KafkaTopicLog::read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take,
                           Deadline deadline) {
    auto open = open_ranges(ranges, deadline);
    if (!open) return open.fault();
    RecordRelay relay(take);
    const auto take_all = [&](const rd_kafka_message_t& message) {
        relay.add(message);
        return true;
    };
    auto done = read_open(std::move(*open), take_all, deadline);
    if (done) relay.finish();
    return done;
}

Status KafkaTopicLog::read_open(Open open, const Take& take, Deadline deadline) {
    if (open.empty()) return Done{};
    const KafkaPartitionList assignment(rd_kafka_topic_partition_list_new(static_cast<int>(open.size())));
    for (const auto& [partition, range] : open)
        rd_kafka_topic_partition_list_add(assignment.get(), client_->options().topic.c_str(), partition)->offset = range.from;
    // Assigned with offsets; the time-out of rd_kafka_seek_partitions is a thousand times too short before 2.1.
    if (const auto error = rd_kafka_assign(client_->get(), assignment.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fault_of(error, "read topic " + escape(client_->options().topic), client_->options());
    auto done = read_assigned(open, take, deadline);
    rd_kafka_assign(client_->get(), nullptr);
    return done;
}

Status KafkaTopicLog::read_assigned(Open& open, const Take& take, Deadline deadline) {
    const auto& watch = client_->watch();
    why_not_read_.clear();
    int taken = 0;
    while (!open.empty()) {
        // Singly: the batch calls of this librdkafka may skip records. One that is there already costs no look at a clock.
        KafkaMessage message(rd_kafka_consumer_poll(client_->get(), 0));
        if (message == nullptr) message.reset(rd_kafka_consumer_poll(client_->get(), std::min(read_slice_ms, remaining_ms(deadline))));
        if (message == nullptr || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            client_->serve(Milliseconds(0));
            if (watch.denied()) return *watch.denied();
        }
        if (message == nullptr) {
            if (remaining_ms(deadline) == 0) return not_read(open);
            make_it_fetch(open.begin()->first);
            continue;
        }
        if (is_denial(message->err))
            return fault_of(message->err, "read topic " + escape(client_->options().topic), right_to_read, client_->options());
        const bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        const auto range = open.find(message->partition);
        const bool is_trouble = message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !is_end;
        if (is_trouble) why_not_read_ = rd_kafka_message_errstr(message.get());
        if (is_trouble || range == open.end()) continue;
        const auto [partition, from, to] = range->second;
        const bool is_within = !is_end && message->offset >= from && message->offset < to;
        const bool wants_more = !is_within || take(*message);
        if (++taken % records_between_nudges == 0) make_it_fetch(partition);
        // A gap before `to` shows as a later record or as the end of the log.
        if (!wants_more || message->offset >= to - (is_end ? 0 : 1)) open.erase(range);
        if ((message->offset & 0xfff) == 0 && remaining_ms(deadline) == 0 && !open.empty()) return not_read(open);
    }
    return Done{};
}

void KafkaTopicLog::make_it_fetch(std::int32_t partition) {
    auto any = list_of({partition}, RD_KAFKA_OFFSET_BEGINNING);
    // Nothing depends on the answer.
    static_cast<void>(rd_kafka_offsets_for_times(client_->get(), any.get(), longest_nudge_ms));
}

Result<TopicSettings> KafkaTopicLog::settings(Deadline deadline) {
    return read_topic_settings(*client_, deadline);
}

Result<GroupSight> KafkaTopicLog::group(Deadline deadline) {
    return read_group(*client_, deadline);
}

Fault KafkaTopicLog::not_read(const Open& open) const {
    const auto& [partition, range] = *open.begin();
    auto fault = client_->unreachable(why_not_read_.empty() ? client_->watch().trouble() : why_not_read_);
    fault.message += ": partition " + std::to_string(partition) + " of topic " + escape(client_->options().topic) +
                     " could not be read up to offset " + std::to_string(range.to) + " in time";
    return fault;
}

Result<std::unique_ptr<TopicLog>> open_kafka_topic_log(const KafkaOptions& options, std::optional<Account> rights_of) {
    auto client = KafkaClient::open(options, KafkaRole::reader);
    if (!client) return client.fault();
    if (rights_of) {
        const auto deadline = std::chrono::steady_clock::now() + options.timeout;
        if (auto allowed = check_rights(**client, *rights_of, deadline); !allowed) return allowed.fault();
    }
    return std::unique_ptr<TopicLog>(std::make_unique<KafkaTopicLog>(std::move(*client)));
}

} // namespace coupon
