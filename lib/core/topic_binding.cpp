#include "core/topic_binding.hpp"

#include "core/escape.hpp"

namespace coupon {

namespace {

constexpr auto first_event = "coupon";

/// A fault where the wish is another name than the one that is bound.
Status check(const char* option, const std::string& bound, const std::optional<std::string>& wish, const std::string& by) {
    if (bound.empty() || !wish || *wish == bound) return Done{};
    return Fault{FaultKind::usage, std::string(option) + " " + escape(*wish) + ": " + by + " uses " + escape(bound),
                 "leave out " + std::string(option) + ", or check --event"};
}

std::string chosen(const std::string& bound, const std::optional<std::string>& wish, const std::string& otherwise) {
    return bound.empty() ? wish.value_or(otherwise) : bound;
}

} // namespace

std::string missing_topic_hint(bool is_gone) {
    return is_gone ? "coupon-reset --reopen --yes makes it again, and a running coupon-consume publishes the claims again"
                   : "run coupon-reset for a new round; coupon-reset --reopen goes on with the last one";
}

std::string default_topic(const std::string& event) {
    return event == first_event ? "coupon_create" : "coupon_create_" + event;
}

std::string default_group(const std::string& event) {
    return event == first_event ? "coupon_issuer" : "coupon_issuer_" + event;
}

Result<TopicNames> names_for(const std::string& event, const TopicNames& bound, const TopicWish& wish, const std::string& by) {
    if (auto same = check("--topic", bound.topic, wish.topic, by); !same) return same.fault();
    if (auto same = check("--group", bound.group, wish.group, by); !same) return same.fault();
    return TopicNames{chosen(bound.topic, wish.topic, default_topic(event)), chosen(bound.group, wish.group, default_group(event)),
                      bound.cluster_id};
}

} // namespace coupon
