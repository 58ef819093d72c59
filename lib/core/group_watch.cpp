#include "core/group_watch.hpp"

#include "core/escape.hpp"

#include <algorithm>

namespace coupon {

namespace {

std::string others_text(const GroupSight& sight) {
    if (!sight.members) return "its members were not told (" + sight.untold + ")";
    return sight.members->empty() ? "it has no other member" : "its members: " + text_of(*sight.members);
}

/// What helps against a refusal, by the name that Kafka's protocol gives it: https://kafka.apache.org/protocol#protocol_error_codes
std::string remedy_of(const std::string& error, const GroupSight& sight) {
    const auto is = [&](const char* name) { return error.starts_with(name); };
    if (is("INCONSISTENT_GROUP_PROTOCOL"))
        return "another member uses another assignor; end that member, or give it a group of its own: " + members_command(sight);
    if (is("GROUP_MAX_SIZE_REACHED")) return "end a member, or raise group.max.size in the broker's server.properties";
    return "see the members with " + members_command(sight);
}

} // namespace

GroupWatch::Due GroupWatch::look(const Membership& now_is, Tick now) {
    if (now_is.is_answered) {
        outside_since_.reset();
        if (is_told_outside_) {
            is_told_outside_ = false;
            return Due::back;
        }
    } else {
        idle_since_.reset();
        // While no broker answers, the group is not to blame: the time begins once one does.
        if (now_is.is_broker_away || !outside_since_) outside_since_ = now;
        if (is_told_outside_ || now - *outside_since_ < patience) return Due::nothing;
        is_told_outside_ = true;
        return Due::outside;
    }
    if (now_is.partitions > 0) {
        idle_since_.reset();
        is_told_idle_ = false;
        return Due::nothing;
    }
    if (!idle_since_) idle_since_ = now;
    if (is_told_idle_ || now - *idle_since_ < settles_within) return Due::nothing;
    is_told_idle_ = true;
    return Due::idle;
}

bool MemberWatch::is_due(const Membership& now_is, Tick now) {
    const bool is_news = now_is.is_answered && (!was_answered_ || now_is.generation != generation_);
    was_answered_ = now_is.is_answered;
    generation_ = now_is.generation;
    if (is_news) next_ = now + settles_within;
    // Outside its group a worker has a warning of its own.
    if (!now_is.is_answered || !next_ || now < *next_) return false;
    next_ = now + interval;
    return true;
}

std::string strangers_text(const GroupSight& sight) {
    const auto strangers = strangers_in(sight);
    if (strangers.empty()) return {};
    const bool holds = !members_with_partitions(strangers).empty();
    return text_of(strangers) + (strangers.size() == 1 ? " is" : " are") + " in group " + escape(sight.group) + " and no coupon-consume: " +
           (holds ? "no worker issues the coupons of these partitions" : "it takes partitions when a worker ends") +
           "; end it, or give it a group of its own; coupon-consume --recover --yes issues what it skipped";
}

std::string untold_text(const GroupSight& sight) {
    if (sight.members || !sight.has_coordinator) return {};
    return "the members of group " + escape(sight.group) + " are not known: " + sight.untold +
           "; a member that is no coupon-consume would hold coupons back; list them with " + members_command(sight);
}

std::string outside_text(const Membership& membership, const Result<GroupSight>& asked, const std::string& group) {
    const auto seconds = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(GroupWatch::patience).count());
    const auto begin = "this worker has had no answer of group " + escape(group) + " for " + seconds + " s: ";
    const auto error = membership.last_error.empty() ? std::string() : membership.last_error + "; ";
    if (!asked) return begin + error + asked.fault().text_with("it keeps trying");
    const auto hint = asked->has_coordinator ? remedy_of(membership.last_error, *asked) : coordinator_remedy(asked->brokers);
    const auto found = asked->has_coordinator ? (error.empty() ? std::string("no error was told; ") : error) + others_text(*asked)
                                              : no_coordinator_text(group);
    return begin + found + "; it keeps trying; " + hint;
}

std::string back_text(const Membership& membership, const std::string& group) {
    return "group " + escape(group) + " has answered: this worker has " + std::to_string(membership.partitions) +
           (membership.partitions == 1 ? " partition" : " partitions");
}

std::string idle_text(const Result<GroupSight>& asked, const std::string& group) {
    const auto holders = asked && asked->members ? members_with_partitions(*asked->members) : std::vector<GroupMember>{};
    return "this worker has no partition: other members of group " + escape(group) + " hold all of them" +
           (holders.empty() ? std::string() : ", " + text_of(holders)) + "; it takes over when a member ends";
}

} // namespace coupon
