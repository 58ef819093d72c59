#include "topic/kafka/kafka_group.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_assignment.hpp"
#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace coupon {

namespace {

constexpr TopicRight right_to_see_group{"Describe", TopicRight::Resource::group};

std::string text_or(const char* text, const char* otherwise) {
    return escape(text == nullptr || *text == '\0' ? otherwise : text);
}

std::string client_id_of(const KafkaOptions& options) {
    const auto set = std::find_if(options.properties.rbegin(), options.properties.rend(),
                                  [](const auto& property) { return property.first == "client.id"; });
    return set == options.properties.rend() ? own_client_id : escape(set->second);
}

GroupMember member_of(const rd_kafka_group_member_info& told, const std::string& topic) {
    const std::string_view assignment(static_cast<const char*>(told.member_assignment),
                                      told.member_assignment == nullptr ? 0 : static_cast<std::size_t>(told.member_assignment_size));
    return {text_or(told.client_id, "without a name"), text_or(told.client_host, "an unknown host"),
            assigned_partitions(assignment, topic).value_or(std::set<std::int32_t>{})};
}

void take_members(const rd_kafka_group_info& told, const std::string& topic, GroupSight& sight) {
    if (told.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        sight.untold = escape(rd_kafka_err2str(told.err));
        return;
    }
    // A group of Kafka 4's own protocol (KIP-848) is listed, and described as a dead one without members to a client that does not know
    // that protocol.
    if (told.member_cnt == 0 && told.state != nullptr && std::string_view(told.state) == "Dead") {
        sight.untold = "it uses Kafka 4's own protocol, which this client library does not know";
        return;
    }
    sight.members.emplace();
    for (int i = 0; i < told.member_cnt; ++i)
        sight.members->push_back(member_of(told.members[i], topic));
}

/// A user without Describe on the group gets no answer to a call, only a message to its consumer. Nothing is assigned, so that no record
/// can come.
std::optional<rd_kafka_resp_err_t> refusal_of_group(KafkaClient& client) {
    const KafkaMessage message(rd_kafka_consumer_poll(client.get(), 0));
    if (message == nullptr || message->err != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) return std::nullopt;
    return message->err;
}

Fault judged(const Fault& fault, const KafkaClient& client) {
    const bool lacks_right = fault.kind == FaultKind::denied && !client.watch().denied();
    return lacks_right ? lacks_rights_fault(std::span(&right_to_see_group, 1), client.options()) : client.of_coordinator(fault);
}

/// Asks the coordinator for committed offsets. An error of a single partition is left in the answer unless `is_each_needed`.
Status ask_offsets(KafkaClient& client, const std::vector<std::int32_t>& partitions, bool is_each_needed, KafkaPartitionList& answer,
                   Deadline deadline) {
    // A client that has not subscribed asks the group's coordinator without joining.
    auto done = client.insist(deadline, "ask for the offsets of group " + escape(client.options().group), [&](int timeout_ms) {
        answer.reset(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
        for (const auto partition : partitions)
            rd_kafka_topic_partition_list_add(answer.get(), client.options().topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_INVALID;
        auto error = rd_kafka_committed(client.get(), answer.get(), timeout_ms);
        if (is_passing(error)) return refusal_of_group(client).value_or(error);
        for (int i = 0; is_each_needed && error == RD_KAFKA_RESP_ERR_NO_ERROR && i < answer->cnt; ++i)
            error = KafkaClient::of_known_topic(answer->elems[i].err, deadline);
        return error;
    });
    return done ? done : judged(done.fault(), client);
}

} // namespace

Status ask_coordinator(KafkaClient& client, Deadline deadline) {
    KafkaPartitionList answer;
    return ask_offsets(client, {0}, false, answer, deadline);
}

Result<std::map<std::int32_t, std::int64_t>> read_committed(KafkaClient& client, const std::vector<std::int32_t>& partitions,
                                                            Deadline deadline) {
    KafkaPartitionList answer;
    if (auto done = ask_offsets(client, partitions, true, answer, deadline); !done) return done.fault();
    std::map<std::int32_t, std::int64_t> offsets;
    for (int i = 0; i < answer->cnt; ++i)
        offsets[answer->elems[i].partition] = answer->elems[i].offset;
    return offsets;
}

Result<GroupSight> read_group(KafkaClient& client, Deadline deadline) {
    const auto& options = client.options();
    GroupSight sight;
    sight.brokers = options.brokers;
    sight.group = options.group;
    sight.client_id = client_id_of(options);
    if (const auto asked = ask_coordinator(client, deadline); !asked) {
        if (!client.is_without_coordinator(asked.fault())) return asked.fault();
        sight.has_coordinator = false;
        return sight;
    }
    // Not rd_kafka_DescribeConsumerGroups: an admin request to a coordinator whose connection is lost aborts the process (librdkafka #4605,
    // open). This call asks each broker for its groups.
    auto done = client.insist(deadline, "ask for the members of group " + escape(options.group), [&](int timeout_ms) {
        const rd_kafka_group_list* list = nullptr;
        const auto error = rd_kafka_list_groups(client.get(), options.group.c_str(), &list, timeout_ms);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__PARTIAL) return error;
        const KafkaGroupList groups(list);
        if (groups->group_cnt > 0) {
            take_members(groups->groups[0], options.topic, sight);
            return RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        // Not listed by any broker: no member has ever joined it, or the last one left long ago.
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) sight.members.emplace();
        return error == RD_KAFKA_RESP_ERR_NO_ERROR ? error : RD_KAFKA_RESP_ERR__TIMED_OUT;
    });
    if (!done && (done.fault().kind == FaultKind::unreachable || done.fault().kind == FaultKind::denied))
        return judged(done.fault(), client);
    if (!done) sight.untold = done.fault().message;
    return sight;
}

} // namespace coupon
