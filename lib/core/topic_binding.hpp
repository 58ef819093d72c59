#pragma once

#include "core/result.hpp"

#include <optional>
#include <string>

/// Which topic, group and cluster the records of an event use. A reset writes them into the round's row and the gate; no other program
/// chooses them (lib/README.md, "The topic is known").
namespace coupon {

/// As a round's row or its gate names them. Empty: it does not say.
struct TopicNames {
    std::string topic;
    std::string group;
    std::string cluster_id; ///< of Kafka
    bool is_open = false;   ///< users can be granted coupons
};

/// As an operator named them, where he did.
struct TopicWish {
    std::optional<std::string> topic;
    std::optional<std::string> group;
};

/// What to do about a topic that does not exist: `is_gone`, if a round is open whose records were on it.
[[nodiscard]] std::string missing_topic_hint(bool is_gone);

/// coupon_create and coupon_issuer for the event named coupon, coupon_create_NAME and coupon_issuer_NAME for any other, so that several
/// events share servers by --event alone.
[[nodiscard]] std::string default_topic(const std::string& event);
[[nodiscard]] std::string default_group(const std::string& event);

/// What a program uses: what is bound, else what was wished, else the default. usage where a wish differs from what is bound; `by` says
/// who bound it, as in "round 4 of event spring".
[[nodiscard]] Result<TopicNames> names_for(const std::string& event, const TopicNames& bound, const TopicWish& wish, const std::string& by);

} // namespace coupon
