#include "topic/kafka/kafka_rights.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"
#include "topic/kafka/kafka_group.hpp"
#include "topic/kafka/kafka_order.hpp"
#include "topic/kafka/kafka_publisher.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace coupon {

namespace {

constexpr Milliseconds pause_between_tries{100};

/// Asks for one right at a time, with requests whose only effect is a refusal where it is missing.
class RightsCheck {
public:
    RightsCheck(KafkaClient& client, Deadline deadline) : client_(client), deadline_(deadline) {}

    /// Whether the user has the right, as far as it can be asked for. `shape`: nullptr where there is no topic.
    Result<bool> has(const TopicRight& right, const TopicShape* shape) {
        auto has = ask_for(right, shape);
        // Without its leader or coordinator a right cannot be asked for; the calls that need them name what is wrong.
        const bool cannot_be_asked = !has && has.fault().kind == FaultKind::unreachable && client_.watch().is_any_broker_up() &&
                                     (!client_.watch().unreached().empty() || right.resource == TopicRight::Resource::group);
        return cannot_be_asked ? Result<bool>(true) : std::move(has);
    }

private:
    Result<bool> ask_for(const TopicRight& right, const TopicShape* shape) {
        if (right.resource == TopicRight::Resource::group) {
            // Read includes Describe. That comes first: an admin request about a group without a coordinator may abort the process
            // (librdkafka #4605).
            auto may_see = may_see_group();
            return right.operation == "Read" && may_see && *may_see ? may_commit() : std::move(may_see);
        }
        if (shape == nullptr) return right.operation == "Create" ? may_create() : true;
        const auto led = std::find_if(shape->details.begin(), shape->details.end(), [](const auto& one) { return one.leader.has_value(); });
        if (led == shape->details.end()) return true;
        if (right.operation == "Read") return may_read(led->id);
        if (right.operation == "Delete") return may_delete(led->id);
        if (right.operation == "Write") return may_write();
        return true;
    }

    [[nodiscard]] const KafkaOptions& options() const { return client_.options(); }

    [[nodiscard]] KafkaPartitionList list_of(std::int32_t partition, std::int64_t offset) const {
        KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(list.get(), options().topic.c_str(), partition)->offset = offset;
        return list;
    }

    /// The error of a group's answer, its first partition's where the whole has none.
    static rd_kafka_resp_err_t error_of(const rd_kafka_group_result_t* const* groups, std::size_t count) {
        if (count == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
        if (const auto* error = rd_kafka_group_result_error(groups[0]); error != nullptr) return rd_kafka_error_code(error);
        const auto* partitions = rd_kafka_group_result_partitions(groups[0]);
        return partitions == nullptr || partitions->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : partitions->elems[0].err;
    }

    /// Sends a request and says whether its answer is anything but `refusal`. Repeats it while a coordinator or leader moves or loads, as
    /// just after the start of a broker. `error_in` takes the error out of an answer.
    Result<bool> is_allowed(rd_kafka_admin_op_t kind, const std::string& what, rd_kafka_resp_err_t refusal,
                            const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send,
                            rd_kafka_resp_err_t (*error_in)(rd_kafka_event_t*)) {
        while (true) {
            const auto event = order(client_, kind, what, deadline_, send);
            const auto error = event ? error_in(event->get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
            if (event && !is_passing(error)) return error != refusal;
            if (!event && event.fault().kind != FaultKind::unreachable) return judged(event.fault());
            if (remaining_ms(deadline_) <= pause_between_tries.count())
                return event ? client_.unreachable(rd_kafka_err2str(error)) : event.fault();
            client_.serve(pause_between_tries);
        }
    }

    /// Commits an offset of a partition that no topic has. It is always refused, and first of all for a missing right.
    Result<bool> may_commit() {
        const auto offsets = list_of(std::numeric_limits<std::int32_t>::max(), 0);
        const KafkaGroupOffsets request(rd_kafka_AlterConsumerGroupOffsets_new(options().group.c_str(), offsets.get()));
        const auto send = [&](const auto* settings, auto* queue) {
            auto* one = request.get();
            rd_kafka_AlterConsumerGroupOffsets(client_.get(), &one, 1, settings, queue);
        };
        return is_allowed(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, about_group(), RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, send,
                          [](rd_kafka_event_t* event) {
                              std::size_t count = 0;
                              const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(event);
                              return error_of(rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count);
                          });
    }

    /// Asks for the group's offsets. The refusal comes once, as a message to the consumer, perhaps while something else was asked.
    Result<bool> may_see_group() {
        if (is_group_refused_) return false;
        const auto asked = ask_coordinator(client_, deadline_);
        return asked ? Result<bool>(true) : judged(asked.fault());
    }

    /// Asks the broker to validate a CreateTopics, which creates nothing.
    Result<bool> may_create() {
        std::array<char, 512> text{};
        const KafkaNewTopic topic(rd_kafka_NewTopic_new(options().topic.c_str(), 1, -1, text.data(), text.size()));
        if (topic == nullptr) return true;
        const auto send = [&](rd_kafka_AdminOptions_t* settings, auto* queue) {
            rd_kafka_AdminOptions_set_validate_only(settings, 1, text.data(), text.size());
            auto* one = topic.get();
            rd_kafka_CreateTopics(client_.get(), &one, 1, settings, queue);
        };
        return is_allowed(
            RD_KAFKA_ADMIN_OP_CREATETOPICS, about_topic(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, send, [](rd_kafka_event_t* event) {
                std::size_t count = 0;
                const auto* const* topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
                return count == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_topic_result_error(topics[0]);
            });
    }

    /// Deletes the records before the first one.
    Result<bool> may_delete(std::int32_t partition) {
        const auto low = end_of(partition, RD_KAFKA_OFFSET_BEGINNING);
        if (!low) return low.fault();
        const auto offsets = list_of(partition, *low);
        const KafkaDeleteRecords request(rd_kafka_DeleteRecords_new(offsets.get()));
        const auto send = [&](const auto* settings, auto* queue) {
            auto* one = request.get();
            rd_kafka_DeleteRecords(client_.get(), &one, 1, settings, queue);
        };
        return is_allowed(RD_KAFKA_ADMIN_OP_DELETERECORDS, about_topic(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, send,
                          [](rd_kafka_event_t* event) {
                              const auto* done = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
                              return done->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : done->elems[0].err;
                          });
    }

    /// Asks for a producer id, which the broker refuses to a user without Write on any topic. Only a record shows whether this topic may be
    /// written to.
    Result<bool> may_write() {
        const auto publisher = KafkaPublisher::open(options());
        if (!publisher) return publisher.fault();
        const auto checked = (*publisher)->check(deadline_);
        return checked ? Result<bool>(true) : judged(checked.fault());
    }

    /// Fetches the last record. Where there is none the answer is that there is none, which a broker holds back for fetch.wait.max.ms.
    Result<bool> may_read(std::int32_t partition) {
        const auto low = end_of(partition, RD_KAFKA_OFFSET_BEGINNING);
        if (!low) return low.fault();
        const auto high = end_of(partition, RD_KAFKA_OFFSET_END);
        if (!high) return high.fault();
        const auto assignment = list_of(partition, std::max(*low, *high - 1));
        if (const auto error = rd_kafka_assign(client_.get(), assignment.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return fault_of(error, "read topic " + escape(options().topic), options());
        bool is_refused = false;
        auto done = client_.insist(deadline_, "read topic " + escape(options().topic), [&](int timeout_ms) {
            const KafkaMessage message(rd_kafka_consumer_poll(client_.get(), timeout_ms));
            if (message == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
            is_group_refused_ = is_group_refused_ || message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
            is_refused = message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
            const bool is_answer =
                is_refused || message->err == RD_KAFKA_RESP_ERR_NO_ERROR || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
            // Other messages, of the group for example, do not answer this.
            return is_answer ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__TIMED_OUT;
        });
        rd_kafka_assign(client_.get(), nullptr);
        if (!done) return done.fault();
        return !is_refused;
    }

    Result<std::int64_t> end_of(std::int32_t partition, std::int64_t which) {
        KafkaPartitionList answer;
        auto done = client_.insist(deadline_, "ask for the ends of topic " + escape(options().topic), [&](int timeout_ms) {
            answer = list_of(partition, which);
            const auto error = rd_kafka_offsets_for_times(client_.get(), answer.get(), timeout_ms);
            return KafkaClient::of_known_topic(error == RD_KAFKA_RESP_ERR_NO_ERROR ? answer->elems[0].err : error, deadline_);
        });
        if (!done) return done.fault();
        return answer->elems[0].offset;
    }

    /// A denial is the answer no. Other refusals, of a server that does not know the request for example, are not about a right.
    static Result<bool> judged(const Fault& fault) {
        if (fault.kind == FaultKind::denied) return false;
        if (fault.kind == FaultKind::unreachable) return fault;
        return true;
    }

    [[nodiscard]] std::string about_topic() const { return "ask for the rights on topic " + escape(options().topic); }
    [[nodiscard]] std::string about_group() const { return "ask for the offsets of group " + escape(options().group); }

    KafkaClient& client_;
    Deadline deadline_;
    bool is_group_refused_ = false;
};

} // namespace

Status check_rights(KafkaClient& client, Account account, Deadline deadline) {
    const auto shape = client.ask_topic(deadline);
    // A refused login ends the check; a refused topic does not: the rights on the group are asked for as well.
    if (client.watch().denied()) return *client.watch().denied();
    const bool may_see = shape || shape.fault().kind == FaultKind::missing;
    if (!may_see && shape.fault().kind != FaultKind::denied) return shape.fault();
    RightsCheck check(client, deadline);
    std::vector<TopicRight> lacking;
    for (const auto& right : topic_rights(account)) {
        const bool includes_describe = right.resource == TopicRight::Resource::topic && right.operation != "Create";
        if (!may_see) {
            if (includes_describe) lacking.push_back(right);
            if (right.resource == TopicRight::Resource::topic) continue;
        }
        const auto has = check.has(right, shape ? &*shape : nullptr);
        if (!has) return has.fault();
        if (!*has) lacking.push_back(right);
    }
    if (lacking.empty()) return Done{};
    return lacks_rights_fault(lacking, client.options());
}

} // namespace coupon
