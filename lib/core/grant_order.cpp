#include "core/grant_order.hpp"

#include <algorithm>

namespace coupon {

bool GrantOrder::is_in_order(const Grant& grant, const Mark& sent, bool is_fresh) {
    if (grant.epoch < sent.epoch || (grant.epoch == sent.epoch && grant.slot <= sent.slot)) return false;
    // A late answer of an epoch that ended: its confirm tells what became of the claim.
    if (grant.epoch < highest_.epoch) return true;
    if (grant.epoch > highest_.epoch) {
        highest_ = {grant.epoch, Slot(0)};
        holders_.clear();
    }
    if (is_fresh) highest_.slot = std::max(highest_.slot, grant.slot);
    const auto [holder, is_first] = holders_.try_emplace(grant.slot.value(), grant.user);
    return is_first || holder->second == grant.user;
}

} // namespace coupon
