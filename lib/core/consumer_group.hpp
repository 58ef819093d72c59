#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The consumer group of the workers as Kafka tells it, and the sentences about it.
namespace coupon {

/// The client id by which every program of the suite calls itself, unless -X client.id names another one.
inline constexpr const char* own_client_id = "coupon";

/// One member of the group. Outside text is escaped.
struct GroupMember {
    std::string client_id;
    std::string host;                  ///< as the broker saw it
    std::set<std::int32_t> partitions; ///< of the topic

    friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

/// The group as its coordinator describes it.
struct GroupSight {
    std::string brokers; ///< as the operator wrote them
    std::string group;
    std::string client_id = own_client_id;           ///< of the program that asked
    bool has_coordinator = true;                     ///< else no broker says that it coordinates the group
    std::optional<std::vector<GroupMember>> members; ///< absent where they were not told
    std::string untold;                              ///< why they were not told; empty where they were
};

/// "kafka-consumer-groups.sh --bootstrap-server BROKERS --describe --group GROUP --members --verbose".
[[nodiscard]] std::string members_command(const GroupSight& sight);

/// A broker that cannot make __consumer_offsets, or whose partition of it has no leader, answers COORDINATOR_NOT_AVAILABLE.
[[nodiscard]] std::string no_coordinator_text(const std::string& group);
/// What to do about it.
[[nodiscard]] std::string coordinator_remedy(const std::string& brokers);

/// The members that have partitions of the topic.
[[nodiscard]] std::vector<GroupMember> members_with_partitions(const std::vector<GroupMember>& members);

/// The members that are no workers of the suite, by their client ids.
[[nodiscard]] std::vector<GroupMember> strangers_in(const GroupSight& sight);

/// "client rdkafka at /10.0.0.7 (partitions 0 1)", or "(no partition)".
[[nodiscard]] std::string text_of(const GroupMember& member);

/// Some of the members in one sentence, equal ones counted: "2 x client coupon at /10.0.0.7 (no partition), client ...".
[[nodiscard]] std::string text_of(const std::vector<GroupMember>& members);

} // namespace coupon
