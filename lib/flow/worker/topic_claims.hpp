#pragma once

#include "core/ledger_rule.hpp"
#include "topic/topic_log.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace coupon {

/// A claim of each user that the topic speaks for, and where it gives a user two slots, a sentence.
struct TopicClaims {
    std::map<UserId, Slot> claims;
    std::set<UserId> doubled; ///< users of two slots
    std::string contradiction;
};

/// The claims that the topic speaks for: records of this round the ledger would issue. A record that is a failed event already speaks
/// for nobody.
[[nodiscard]] Result<TopicClaims> claims_on_topic(TopicLog& topic, const std::vector<OffsetRange>& up_to_end, const RoundRow& round,
                                                  const std::vector<Fence>& fences, const std::vector<RecordIdentity>& failed,
                                                  Deadline deadline);

} // namespace coupon
