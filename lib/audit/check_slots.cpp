#include "audit/checks.hpp"

#include "audit/checking.hpp"

#include <optional>

namespace coupon {

namespace {

constexpr auto ledger_is_wrong = "the keys of table coupon make this impossible: delete the rows that are too many, then run coupon-audit "
                                 "--preflight, which names what the tables lack";
constexpr auto topic_is_wrong =
    "the gate granted it twice, or a holder of the round's key wrote to the topic: run coupon-consume, which issues the first "
    "record and keeps the other as a failed event";

/// What one place shows of users and slots that come twice.
struct Holdings {
    std::optional<std::size_t> size; ///< absent: not read
    Concerned doubled_users;
    Concerned doubled_slots;
    Concerned impossible; ///< slots outside 1..N
};

struct AllHoldings {
    Holdings rows;
    Holdings claims;
    Holdings records;
};

/// Those of the round that may be issued, or were.
std::size_t count_records(const Evidence& evidence) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < evidence.records().size(); ++i) {
        if (speaks_for_its_user(evidence.records().judged(i)) && evidence.records().user_of(i)) ++count;
    }
    return count;
}

AllHoldings sizes_of(const Evidence& evidence) {
    AllHoldings holdings;
    if (evidence.has_rows()) holdings.rows.size = evidence.input().ledger->coupons.size();
    if (evidence.gate() != nullptr) holdings.claims.size = evidence.gate()->claims.size();
    if (evidence.input().topic_log) holdings.records.size = count_records(evidence);
    return holdings;
}

/// The same user and slot twice is a defect of a table or of the gate.
template <class Things>
void compare_own(const Fate& fate, Where where, const Things& things, Holdings& holdings) {
    const auto seen = fate.seen(where);
    for (std::size_t i = 1; i < seen.size(); ++i) {
        const Slot first = things[seen.front()].slot;
        const Slot other = things[seen[i]].slot;
        holdings.doubled_users.add(fate.user,
                                   other == first ? "slot " + other.text() + " twice" : "slots " + first.text() + " and " + other.text());
    }
}

/// But not of the topic, which may deliver twice.
void compare_own_records(const Fate& fate, const Evidence& evidence, Holdings& holdings) {
    std::optional<Slot> first;
    for (const auto seen : fate.seen(Where::record)) {
        if (!speaks_for_its_user(evidence.records().judged(seen))) continue;
        const Slot slot = evidence.records().grant(seen).slot;
        if (first && *first != slot) holdings.doubled_users.add(fate.user, "slots " + first->text() + " and " + slot.text());
        if (!first) first = slot;
    }
}

/// `user_of(i)` is the user of the i-th thing that has a slot.
template <class UserOf>
void compare_holders(const SlotHolders& holders, const UserOf& user_of, Holdings& holdings) {
    for (const auto& [slot, index] : holders.later()) {
        const UserId holder = user_of(*holders.first(slot));
        const UserId user = user_of(index);
        if (user == holder) continue;
        const auto note = "slot " + slot.text() + " of users " + holder.text() + " and " + user.text();
        holdings.doubled_slots.add(user, note);
        holdings.doubled_slots.add(holder, note);
    }
}

template <class Things>
void compare_slots(const SlotHolders& holders, const Things& things, std::optional<Limit> limit, Holdings& holdings) {
    compare_holders(
        holders, [&](Index index) { return things[index].user; }, holdings);
    for (const auto& thing : things) {
        if (thing.slot.value() < 1 || (limit && thing.slot.value() > limit->value()))
            holdings.impossible.add(thing.user, "slot " + thing.slot.text());
    }
}

void compare_slots_of_records(const Evidence& evidence, Holdings& holdings) {
    const auto& records = evidence.records();
    const SlotHolders holders(records.size(), [&](std::size_t i) -> std::optional<Slot> {
        if (!speaks_for_its_user(records.judged(i)) || !records.user_of(i)) return std::nullopt;
        return records.grant(i).slot;
    });
    compare_holders(
        holders, [&](Index index) { return records.grant(index).user; }, holdings);
}

void say_what_was_examined(Checking& check, const AllHoldings& all) {
    check.examined(counted(all.rows.size, "row") + ", " + counted(all.claims.size, "claim") + ", " + counted(all.records.size, "record"));
}

bool has_nothing(const Evidence& evidence) {
    return !evidence.has_rows() && evidence.gate() == nullptr;
}

} // namespace

Check check_limit(const Evidence& evidence) {
    const auto limit = evidence.limit();
    if (!limit || has_nothing(evidence)) return not_checked("I1", "no limit or no rows to compare");
    Checking check("I1", evidence);
    if (evidence.has_rows()) {
        const auto& rows = evidence.input().ledger->coupons;
        check.examined(counted(rows.size(), "row") + " of at most " + limit->text());
        if (static_cast<std::int64_t>(rows.size()) > limit->value()) {
            check.violated("there are " + counted(rows.size(), "row") + ", the limit is " + limit->text(), ledger_is_wrong);
        }
    }
    if (const auto* gate = evidence.gate(); gate != nullptr) {
        check.examined(counted(gate->claims.size(), "claim"));
        if (static_cast<std::int64_t>(gate->claims.size()) > limit->value()) {
            check.violated("there are " + counted(gate->claims.size(), "claim") + ", the limit is " + limit->text(), gate_hint);
        }
    }
    return check.done();
}

Check check_users(const Evidence& evidence) {
    if (has_nothing(evidence)) return not_checked("I2", "neither rows nor claims to compare");
    Checking check("I2", evidence);
    auto all = sizes_of(evidence);
    auto& [rows, claims, records] = all;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (evidence.has_rows()) compare_own(fate, Where::row, evidence.input().ledger->coupons, all.rows);
        if (evidence.gate() != nullptr) compare_own(fate, Where::claim, evidence.gate()->claims, all.claims);
        compare_own_records(fate, evidence, all.records);
    });
    say_what_was_examined(check, all);
    check.violated("user with two rows", rows.doubled_users, ledger_is_wrong);
    check.violated("user with two claims", claims.doubled_users, gate_hint);
    check.violated("user with two slots on the topic", records.doubled_users, topic_is_wrong);
    return check.done();
}

Check check_slots(const Evidence& evidence) {
    if (has_nothing(evidence)) return not_checked("I3", "neither rows nor claims to compare");
    Checking check("I3", evidence);
    auto all = sizes_of(evidence);
    auto& [rows, claims, records] = all;
    if (evidence.has_rows()) compare_slots(evidence.row_holders(), evidence.input().ledger->coupons, evidence.limit(), rows);
    if (evidence.gate() != nullptr) compare_slots(evidence.claim_holders(), evidence.gate()->claims, evidence.limit(), claims);
    compare_slots_of_records(evidence, records);
    say_what_was_examined(check, all);
    check.violated("slot with two rows", rows.doubled_slots, ledger_is_wrong);
    check.violated("row of an impossible slot", rows.impossible, ledger_is_wrong);
    check.violated("slot with two claims", claims.doubled_slots, gate_hint);
    check.violated("claim of an impossible slot", claims.impossible, gate_hint);
    check.violated("slot of two users on the topic", records.doubled_slots, topic_is_wrong);
    return check.done();
}

} // namespace coupon
