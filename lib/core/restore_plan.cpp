#include "core/restore_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace coupon {

RestorePlan plan_restore(const KnownClaims& known, Limit limit) {
    RestorePlan plan;
    std::map<UserId, Slot> slot_of;
    std::map<Slot, UserId> user_of;
    const auto add = [&](const std::map<UserId, Slot>& from, const char* place) {
        for (const auto& [user, slot] : from) {
            const auto [own, is_new_user] = slot_of.emplace(user, slot);
            if (own->second != slot) {
                plan.contradictions.push_back("user " + user.text() + " has slot " + own->second.text() + ", and slot " + slot.text() +
                                              " in the " + place);
                continue;
            }
            const auto [holder, is_new_slot] = user_of.emplace(slot, user);
            if (holder->second != user) {
                plan.contradictions.push_back("slot " + slot.text() + " belongs to user " + holder->second.text() + ", and to user " +
                                              user.text() + " in the " + place);
            }
            if (slot.value() < 1 || slot > Slot(limit.value())) {
                plan.contradictions.push_back("user " + user.text() + " has slot " + slot.text() + " of " + limit.text() + " in the " +
                                              place);
            }
        }
    };
    add(known.gate, "gate");
    add(known.ledger, "ledger");
    add(known.topic, "topic");
    std::set<Slot> taken;
    for (const auto& [slot, user] : user_of) {
        taken.insert(slot);
        if (!known.gate.contains(user)) plan.missing.push_back({user, slot});
    }
    plan.order.granted = static_cast<std::int64_t>(user_of.size());
    plan.order.free = SlotRanges::holes_in(taken);
    return plan;
}

std::vector<Grant> pending_to_publish_again(Round round, const std::vector<PendingClaim>& outbox, Instant now, Milliseconds grace) {
    std::vector<Grant> due;
    for (const auto& pending : outbox) {
        if (now - pending.granted_at >= grace) due.push_back({round, pending.epoch, pending.slot, pending.user, pending.granted_at});
    }
    return due;
}

std::vector<Claim> claims_to_publish_again(Round round, const std::vector<Claim>& claims, const std::vector<PendingClaim>& outbox,
                                           const std::vector<Coupon>& rows, const std::vector<FailedEvent>& failed) {
    std::set<UserId> settled;
    for (const auto& pending : outbox)
        settled.insert(pending.user);
    for (const auto& row : rows)
        settled.insert(row.user);
    std::set<std::pair<UserId, Slot>> failed_for_good;
    for (const auto& event : failed) {
        if (event.resolved) continue;
        const auto decoded = decode(event.raw);
        const auto* record = std::get_if<IssueRecord>(&decoded);
        if (record != nullptr && record->grant.round == round) failed_for_good.emplace(record->grant.user, record->grant.slot);
    }
    std::vector<Claim> missing;
    std::copy_if(claims.begin(), claims.end(), std::back_inserter(missing), [&](const Claim& claim) {
        return !settled.contains(claim.user) && !failed_for_good.contains({claim.user, claim.slot});
    });
    return missing;
}

} // namespace coupon
