#include "topic/kafka/kafka_subscriber.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr TopicRight right_to_commit{"Read", TopicRight::Resource::group};

/// The group has gone on without this member, or is about to: its partitions have other owners.
bool is_not_mine(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
           error == RD_KAFKA_RESP_ERR__STATE || error == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST || error == RD_KAFKA_RESP_ERR__FENCED;
}

} // namespace

Status KafkaSubscriber::commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) {
    const auto& options = client_->options();
    const Fault not_mine{FaultKind::not_mine, "group " + escape(options.group) + " gave the partitions to other workers", ""};
    // A zombie that joined again could move the group back: its old offsets are accepted by the broker, so they end here.
    const bool all_mine = std::all_of(next.begin(), next.end(), [&](const auto& one) { return assigned_.contains(one.first); });
    if (has_left_ || has_assignment_changed_ || is_other_log_ || fell_back_ || !all_mine) return not_mine;
    if (next.empty()) return Done{};

    const KafkaPartitionList offsets(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [partition, offset] : next)
        rd_kafka_topic_partition_list_add(offsets.get(), options.topic.c_str(), partition)->offset = offset;
    // rd_kafka_commit would wait for the coordinator without end. A queue of its own per commit, so that a late answer to an earlier
    // one is not taken for this one's.
    const KafkaQueue answers(rd_kafka_queue_new(client_->get()));
    const auto error = rd_kafka_commit_queue(client_->get(), offsets.get(), answers.get(), nullptr, nullptr);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return is_not_mine(error) ? not_mine
                                  : fault_of(error, "commit offsets of group " + escape(options.group), right_to_commit, options);
    const KafkaEvent event(rd_kafka_queue_poll(answers.get(), remaining_ms(deadline)));
    if (event == nullptr) {
        return Fault{FaultKind::unknown,
                     "kafka at " + escape(options.brokers) + " did not answer the commit of group " + escape(options.group),
                     "a running coupon-consume reads the records again if it failed"};
    }
    auto done = commit_answer(event.get());
    if (!done && done.fault().kind == FaultKind::missing) may_be_missing_ = true;
    for (const auto& [partition, offset] : next) {
        if (done) committed_.insert(partition);
    }
    return done;
}

Status KafkaSubscriber::commit_answer(rd_kafka_event_t* event) const {
    const auto& options = client_->options();
    auto error = rd_kafka_event_error(event);
    // The call as a whole may succeed while a partition fails.
    const auto* offsets = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && offsets != nullptr && i < offsets->cnt; ++i)
        error = offsets->elems[i].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        client_->watch().on_sign_of_life();
        return Done{};
    }
    const auto what = "commit offsets of group " + escape(options.group);
    if (is_not_mine(error)) return Fault{FaultKind::not_mine, "cannot " + what + " (" + rd_kafka_err2str(error) + ")", ""};
    auto fault = fault_of(error, what, right_to_commit, options);
    // The connection may have been lost before or after the broker wrote it.
    if (fault.kind == FaultKind::unreachable) fault.kind = FaultKind::unknown;
    return fault;
}

} // namespace coupon
