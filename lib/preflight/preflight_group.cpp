#include "preflight/preflight_checks.hpp"

#include "core/wording.hpp"

#include <algorithm>

namespace coupon {

namespace {

bool leads(const PreflightInput& input, std::int32_t broker) {
    const auto& partitions = input.topic->partitions;
    return std::any_of(partitions.begin(), partitions.end(), [&](const auto& one) { return one.leader == broker; });
}

/// Clients connect to the addresses that the brokers advertise, whatever --brokers says.
Judgement judge_brokers(const PreflightInput& input) {
    if (input.topic->unreached.empty()) return fine("each broker answers at the address it advertises");
    std::vector<std::string> all;
    bool is_leader = false;
    for (const auto& [id, why] : input.topic->unreached) {
        all.push_back("broker " + std::to_string(id) + " does not answer at " + why);
        is_leader = is_leader || leads(input, id);
    }
    const auto* const fix = "correct advertised.listeners in the broker's server.properties, or open the way to that address";
    if (is_leader) return dangerous(joined(all, "; ") + "; it leads a partition: nothing can be published or read there", fix);
    return warning(joined(all, "; "), fix);
}

Judgement not_asked(const PreflightInput& input) {
    return untold("kafka", "the group " + input.group, input.why_group_is_untold, "repair what the lines above name");
}

Judgement judge_coordinator(const PreflightInput& input) {
    if (!input.group_sight) return not_asked(input);
    if (input.group_sight->has_coordinator) return fine("group " + input.group_sight->group + " has one");
    return dangerous(no_coordinator_text(input.group_sight->group) + ": no worker can read the topic",
                     coordinator_remedy(input.group_sight->brokers));
}

Judgement judge_members(const PreflightInput& input) {
    if (!input.group_sight) return not_asked(input);
    if (!input.group_sight->has_coordinator)
        return {PreflightStatus::cannot_tell, no_coordinator_text(input.group), coordinator_remedy(input.group_sight->brokers)};
    if (!input.group_sight->members)
        return untold("kafka", "the members of group " + input.group_sight->group, input.group_sight->untold,
                      members_command(*input.group_sight));
    const auto strangers = strangers_in(*input.group_sight);
    if (strangers.empty()) return fine(counted(input.group_sight->members->size(), "worker"));
    const auto found = text_of(strangers) + (strangers.size() == 1 ? " is" : " are") + " no coupon-consume";
    const auto fix = "end it, or give it a group of its own; what it skipped: coupon-consume --event " + input.event + " --recover --yes";
    if (members_with_partitions(strangers).empty()) return warning(found + ": it takes partitions when a worker ends", fix);
    return dangerous(found + ": the coupons of its partitions are not issued", fix);
}

constexpr PreflightCheck checks[] = {
    {"topic-brokers", "each broker answers at the address it advertises", judge_brokers},
    {"group-coordinator", "a broker coordinates the workers' group", judge_coordinator},
    {"group-members", "no member but coupon-consume", judge_members},
};

} // namespace

std::span<const PreflightCheck> group_checks() {
    return checks;
}

} // namespace coupon
