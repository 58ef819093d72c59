#include "core/quiescence.hpp"

namespace coupon {

std::vector<std::string> not_quiescent_because(const QuiescenceLook& look) {
    std::vector<std::string> reasons;
    if (!look.before.armed) reasons.emplace_back("the gate is not armed");
    if (look.before.outbox > 0) {
        reasons.push_back(std::to_string(look.before.outbox) + (look.before.outbox == 1 ? " claim is" : " claims are") + " pending");
    }
    for (const auto& partition : look.partitions) {
        if (const auto behind = partition.behind(); behind > 0) {
            reasons.push_back(std::to_string(behind) + (behind == 1 ? " record" : " records") + " of partition " +
                              std::to_string(partition.partition) + (behind == 1 ? " is unread" : " are unread"));
        }
    }
    if (!reasons.empty() && has_lost_offsets(look.partitions)) reasons.push_back(lost_offsets_text(look.group));
    if (look.before != look.after) reasons.emplace_back("users are still applying");
    return reasons;
}

} // namespace coupon
