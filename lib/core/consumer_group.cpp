#include "core/consumer_group.hpp"

#include "core/escape.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t members_named = 10;

} // namespace

std::string members_command(const GroupSight& sight) {
    return "kafka-consumer-groups.sh --bootstrap-server " + escape(sight.brokers) + " --describe --group " + escape(sight.group) +
           " --members --verbose";
}

std::string no_coordinator_text(const std::string& group) {
    return "group " + escape(group) + " has no coordinator (COORDINATOR_NOT_AVAILABLE)";
}

std::string coordinator_remedy(const std::string& brokers) {
    return "offsets.topic.replication.factor must not exceed the number of brokers, and topic __consumer_offsets needs a leader: "
           "kafka-topics.sh --bootstrap-server " +
           escape(brokers) + " --describe --topic __consumer_offsets";
}

std::vector<GroupMember> members_with_partitions(const std::vector<GroupMember>& members) {
    std::vector<GroupMember> chosen;
    std::copy_if(members.begin(), members.end(), std::back_inserter(chosen), [](const auto& one) { return !one.partitions.empty(); });
    return chosen;
}

std::vector<GroupMember> strangers_in(const GroupSight& sight) {
    std::vector<GroupMember> strangers;
    if (!sight.members) return strangers;
    std::copy_if(sight.members->begin(), sight.members->end(), std::back_inserter(strangers),
                 [&](const auto& one) { return one.client_id != own_client_id && one.client_id != sight.client_id; });
    return strangers;
}

std::string text_of(const GroupMember& member) {
    std::string list;
    for (const auto partition : member.partitions)
        list += " " + std::to_string(partition);
    const auto* const noun = member.partitions.empty() ? "no partition" : member.partitions.size() == 1 ? "partition" : "partitions";
    return "client " + member.client_id + " at " + member.host + " (" + noun + list + ")";
}

std::string text_of(const std::vector<GroupMember>& members) {
    std::vector<std::pair<std::string, std::size_t>> counted;
    for (const auto& member : members) {
        const auto text = text_of(member);
        const auto same = std::find_if(counted.begin(), counted.end(), [&](const auto& one) { return one.first == text; });
        if (same == counted.end()) {
            counted.emplace_back(text, 1);
        } else {
            ++same->second;
        }
    }
    std::string sentence;
    for (std::size_t i = 0; i < std::min(counted.size(), members_named); ++i) {
        const auto& [text, count] = counted[i];
        sentence += (i == 0 ? "" : ", ") + (count == 1 ? std::string() : std::to_string(count) + " x ") + text;
    }
    if (counted.size() > members_named) sentence += " and " + std::to_string(counted.size() - members_named) + " more";
    return sentence;
}

} // namespace coupon
