#include "audit/gate_contradiction.hpp"

namespace coupon {

namespace {

std::string user_and_slot(UserId user, Slot slot) {
    return "user " + user.text() + "'s claim of slot " + slot.text();
}

std::string contradiction_among(const std::vector<RestoredClaim>& claims, Limit limit) {
    std::map<Slot, UserId> holders;
    for (const auto& claim : claims) {
        if (claim.slot.value() < 1 || claim.slot.value() > limit.value())
            return user_and_slot(claim.user, claim.slot) + " is outside 1.." + limit.text();
        const auto holder = holders.emplace(claim.slot, claim.user).first->second;
        if (holder != claim.user)
            return "slot " + claim.slot.text() + " belongs to user " + holder.text() + " and to user " + claim.user.text();
    }
    return {};
}

std::map<UserId, Slot> slots_by_user(const std::vector<RestoredClaim>& claims) {
    std::map<UserId, Slot> slots;
    for (const auto& claim : claims)
        slots.emplace(claim.user, claim.slot);
    return slots;
}

std::string contradiction_with(const std::vector<Coupon>& rows, const std::vector<RestoredClaim>& claims) {
    const auto slots = slots_by_user(claims);
    for (const auto& row : rows) {
        const auto held = slots.find(row.user);
        if (held == slots.end()) return "user " + row.user.text() + " has the coupon of slot " + row.slot.text() + " and no claim";
        if (held->second != row.slot) return user_and_slot(row.user, held->second) + " is not that of the coupon, " + row.slot.text();
    }
    return {};
}

} // namespace

std::string contradiction_in(const GateFields& gate, const RoundRow& row, const HeldClaims& held, const std::vector<Coupon>& rows) {
    if (gate.limit != row.limit) return "its limit is " + gate.limit.text() + " but the ledger's is " + row.limit.text();
    if (gate.window != row.window) return "its window is not the ledger's";
    if (auto why = contradiction_among(held.all, row.limit); !why.empty()) return why;
    if (auto why = contradiction_with(rows, held.all); !why.empty()) return why;
    if (!held.holes || *held.holes == gate.free) return {};
    const auto named = [](const SlotRanges& ranges) { return ranges.empty() ? std::string("none") : ranges.text(); };
    return "its free slots are " + named(gate.free) + ", and its claims leave " + named(*held.holes);
}

std::string forgotten_by(const HeldClaims& held, const std::map<UserId, Slot>& on_topic) {
    const auto slots = slots_by_user(held.all);
    for (const auto& [user, slot] : on_topic) {
        if (!slots.contains(user)) return "user " + user.text() + " has the record of slot " + slot.text() + " and no claim";
    }
    return {};
}

} // namespace coupon
