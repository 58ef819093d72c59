#include "core/restore_plan.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace coupon {

namespace {

constexpr std::array place_names{"gate", "ledger", "topic"};

/// One user's slot, and the first place that knows it.
struct Known {
    Slot slot;
    std::size_t place = 0;
    UserId user;

    friend bool operator<(const Known& a, const Known& b) { return std::tie(a.slot, a.place, a.user) < std::tie(b.slot, b.place, b.user); }
};

/// Walks the three places side by side, by user: with a million claims each search in a map would cost more than the walk.
std::vector<Known> unite(const KnownClaims& known, Limit limit, std::vector<std::string>& contradictions) {
    const std::array<const std::map<UserId, Slot>*, place_names.size()> places{&known.gate, &known.ledger, &known.topic};
    std::array next{known.gate.begin(), known.ledger.begin(), known.topic.begin()};
    std::vector<Known> all;
    while (true) {
        std::optional<UserId> user;
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (next[i] != places[i]->end() && (!user || next[i]->first < *user)) user = next[i]->first;
        }
        if (!user) return all;
        std::optional<Known> own;
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (next[i] == places[i]->end() || next[i]->first != *user) continue;
            const Slot slot = next[i]->second;
            ++next[i];
            if (!own) {
                own = Known{slot, i, *user};
            } else if (own->slot != slot) {
                contradictions.push_back("user " + user->text() + " has slot " + own->slot.text() + ", and slot " + slot.text() +
                                         " in the " + place_names[i]);
            }
        }
        if (own->slot.value() < 1 || own->slot > Slot(limit.value())) {
            contradictions.push_back("user " + user->text() + " has slot " + own->slot.text() + " of " + limit.text() + " in the " +
                                     place_names[own->place]);
        }
        all.push_back(*own);
    }
}

} // namespace

RestorePlan plan_restore(const KnownClaims& known, Limit limit) {
    RestorePlan plan;
    auto all = unite(known, limit, plan.contradictions);
    std::sort(all.begin(), all.end());
    std::vector<Slot> slots;
    slots.reserve(all.size());
    const Known* holder = nullptr;
    for (const auto& one : all) {
        if (holder != nullptr && holder->slot == one.slot) {
            plan.contradictions.push_back("slot " + one.slot.text() + " belongs to user " + holder->user.text() + ", and to user " +
                                          one.user.text() + " in the " + place_names[one.place]);
            continue;
        }
        holder = &one;
        slots.push_back(one.slot);
        if (one.place != 0) plan.missing.push_back({one.user, one.slot});
    }
    plan.order.granted = static_cast<std::int64_t>(slots.size());
    plan.order.free = SlotRanges::holes_in({slots.begin(), slots.end()});
    return plan;
}

std::vector<Grant> pending_to_publish_again(Round round, const std::vector<PendingClaim>& outbox, Instant now, Milliseconds grace) {
    std::vector<Grant> due;
    for (const auto& pending : outbox) {
        if (now - pending.granted_at >= grace) due.push_back({round, pending.epoch, pending.slot, pending.user, pending.granted_at});
    }
    return due;
}

std::vector<ClaimedSlot> claims_to_publish_again(const std::vector<ClaimedSlot>& claims, const std::vector<PendingClaim>& outbox,
                                                 const std::vector<Coupon>& rows, const std::vector<ClaimedSlot>& failed) {
    std::set<UserId> settled;
    for (const auto& pending : outbox)
        settled.insert(pending.user);
    for (const auto& row : rows)
        settled.insert(row.user);
    std::set<std::pair<UserId, Slot>> failed_for_good;
    for (const auto& claim : failed)
        failed_for_good.emplace(claim.user, claim.slot);
    std::vector<ClaimedSlot> missing;
    std::copy_if(claims.begin(), claims.end(), std::back_inserter(missing), [&](const ClaimedSlot& claim) {
        return !settled.contains(claim.user) && !failed_for_good.contains({claim.user, claim.slot});
    });
    return missing;
}

} // namespace coupon
