#include "core/void_claims.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace coupon {

namespace {

constexpr std::array reasons{VoidReason::slot_taken, VoidReason::other_slot, VoidReason::old_copy, VoidReason::contradicted};

const char* sentence_of(VoidReason reason) {
    switch (reason) {
    case VoidReason::slot_taken: return "another user has the coupon of the slot";
    case VoidReason::other_slot: return "the user has the coupon of another slot";
    case VoidReason::old_copy: return "it was pending in an old copy of the gate, and neither a coupon nor a record speaks for it";
    case VoidReason::contradicted: return "the gate contradicted itself, and another claim has the slot, or there is no such slot";
    }
    return "";
}

bool says_the_same(const std::map<UserId, Slot>& place, UserId user, Slot slot) {
    const auto found = place.find(user);
    return found != place.end() && found->second == slot;
}

} // namespace

const char* name_of(VoidReason reason) {
    switch (reason) {
    case VoidReason::slot_taken: return "slot_taken";
    case VoidReason::other_slot: return "other_slot";
    case VoidReason::old_copy: return "old_copy";
    case VoidReason::contradicted: return "contradicted";
    }
    return "slot_taken";
}

std::optional<VoidReason> parse_void_reason(std::string_view text) {
    const auto found = std::find_if(reasons.begin(), reasons.end(), [&](VoidReason one) { return text == name_of(one); });
    return found == reasons.end() ? std::nullopt : std::optional(*found);
}

std::string text_of(const VoidClaim& claim) {
    return "user " + claim.user.text() + "'s claim of slot " + claim.slot.text() + ": " + sentence_of(claim.reason);
}

std::vector<VoidClaim> claims_against_rows(const KnownClaims& known, Epoch epoch) {
    std::map<Slot, UserId> holders;
    for (const auto& [user, slot] : known.ledger)
        holders.emplace(slot, user);
    // A record that was read and has no row of its own speaks for a claim like the gate does.
    auto claims = known.gate;
    claims.insert(known.topic.begin(), known.topic.end());
    std::vector<VoidClaim> losers;
    for (const auto& [user, slot] : claims) {
        const auto own = known.ledger.find(user);
        if (own != known.ledger.end()) {
            if (own->second != slot) losers.push_back({epoch, slot, user, VoidReason::other_slot});
            continue;
        }
        if (holders.contains(slot)) losers.push_back({epoch, slot, user, VoidReason::slot_taken});
    }
    return losers;
}

Undecided undecided_in(const KnownClaims& known) {
    std::set<Slot> with_row;
    for (const auto& [user, slot] : known.ledger)
        with_row.insert(slot);
    Undecided undecided;
    std::map<Slot, UserId> holders;
    for (const auto* place : {&known.gate, &known.topic}) {
        for (const auto& [user, slot] : *place) {
            const auto [holder, is_first] = holders.emplace(slot, user);
            if (!is_first && holder->second != user && !with_row.contains(slot)) undecided.slots.insert(slot);
        }
    }
    for (const auto& [user, slot] : known.topic) {
        const auto in_gate = known.gate.find(user);
        if (in_gate != known.gate.end() && in_gate->second != slot && !known.ledger.contains(user)) undecided.users.insert(user);
    }
    return undecided;
}

CarriedClaims carry_over(const std::vector<RestoredClaim>& held, const KnownClaims& known, Limit limit, Epoch epoch) {
    std::map<UserId, Slot> proven = known.ledger;
    proven.insert(known.topic.begin(), known.topic.end());
    proven.insert(known.gate.begin(), known.gate.end());
    std::set<Slot> taken;
    for (const auto& [user, slot] : proven)
        taken.insert(slot);
    std::map<Slot, std::set<UserId>> claimants;
    std::map<UserId, std::set<Slot>> slots;
    for (const auto& claim : held) {
        claimants[claim.slot].insert(claim.user);
        slots[claim.user].insert(claim.slot);
    }
    CarriedClaims carried;
    for (const auto& [user, own] : slots) {
        if (const auto elsewhere = proven.find(user); elsewhere != proven.end()) {
            const auto other = std::ranges::find_if(own, [&](Slot slot) { return slot != elsewhere->second; });
            if (other != own.end()) carried.voided.push_back({epoch, *other, user, VoidReason::other_slot});
            continue;
        }
        const auto slot = *own.begin();
        const bool is_possible = slot.value() >= 1 && slot.value() <= limit.value();
        const bool is_alone = own.size() == 1 && claimants[slot].size() == 1;
        if (is_possible && is_alone && !taken.contains(slot)) {
            carried.kept.emplace(user, slot);
        } else {
            carried.voided.push_back({epoch, slot, user, VoidReason::contradicted});
        }
    }
    return carried;
}

std::vector<VoidClaim> unproven_pending(const std::vector<PendingClaim>& outbox, const KnownClaims& known, Epoch epoch) {
    std::vector<VoidClaim> unproven;
    for (const auto& claim : outbox) {
        if (says_the_same(known.ledger, claim.user, claim.slot) || says_the_same(known.topic, claim.user, claim.slot)) continue;
        unproven.push_back({epoch, claim.slot, claim.user, VoidReason::old_copy});
    }
    std::sort(unproven.begin(), unproven.end(), [](const VoidClaim& a, const VoidClaim& b) { return a.user < b.user; });
    return unproven;
}

} // namespace coupon
