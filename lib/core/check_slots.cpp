#include "core/checks.hpp"

#include "core/checking.hpp"

#include <unordered_map>

namespace coupon {

namespace {

using Where = Sighting::Where;

constexpr auto ledger_is_wrong = "the keys of the ledger's tables make this impossible: compare them with schema.sql";
constexpr auto gate_is_wrong = "somebody else wrote to the gate: close the event with coupon-reset --close and find out who";
constexpr auto topic_is_wrong = "two records claim what only one may have: find out who wrote to the topic";

/// Who was seen with which slots in one place, to find users and slots that come twice.
class Holdings {
public:
    explicit Holdings(std::optional<Limit> limit) : limit_(limit) {}

    void add(UserId user, Slot slot) {
        ++size_;
        const auto [own, is_new_user] = slot_of_.emplace(user, slot);
        if (own->second != slot) {
            doubled_users.add(user, "slots " + own->second.text() + " and " + slot.text());
        }
        const auto [holder, is_new_slot] = holder_of_.emplace(slot.value(), user);
        if (holder->second != user) {
            const auto note = "slot " + slot.text() + " of users " + holder->second.text() + " and " + user.text();
            doubled_slots.add(user, note);
            doubled_slots.add(holder->second, note);
        }
        if (slot.value() < 1 || (limit_ && slot.value() > limit_->value())) impossible.add(user, "slot " + slot.text());
    }
    /// The same user and slot twice is a defect of a table or of the gate, but not of the topic, which may deliver twice.
    void add_once(UserId user, Slot slot) {
        const auto own = slot_of_.find(user);
        if (own != slot_of_.end() && own->second == slot) doubled_users.add(user, "slot " + slot.text() + " twice");
        add(user, slot);
    }
    [[nodiscard]] std::size_t size() const { return size_; }

    Concerned doubled_users;
    Concerned doubled_slots;
    Concerned impossible; ///< slots outside 1..N

private:
    std::optional<Limit> limit_;
    std::size_t size_ = 0;
    std::unordered_map<UserId, Slot> slot_of_;
    std::unordered_map<std::int64_t, UserId> holder_of_;
};

Holdings rows_of(const Evidence& evidence) {
    Holdings rows(evidence.limit());
    if (!evidence.has_rows()) return rows;
    for (const auto& row : evidence.input().ledger->coupons)
        rows.add_once(row.user, row.slot);
    return rows;
}

Holdings claims_of(const Evidence& evidence) {
    Holdings claims(evidence.limit());
    if (evidence.gate() == nullptr) return claims;
    for (const auto& claim : evidence.gate()->claims)
        claims.add_once(claim.user, claim.slot);
    return claims;
}

Holdings records_of(const Evidence& evidence) {
    Holdings records(evidence.limit());
    for (const auto& fate : evidence.fates()) {
        for (const auto& sighting : fate.seen(Where::record)) {
            const auto& record = evidence.record_of(sighting);
            if (speaks_for_its_user(record)) records.add(fate.user, record.issue->grant.slot);
        }
    }
    return records;
}

void say_what_was_examined(Checking& check, const Holdings& rows, const Holdings& claims, const Holdings& records) {
    check.examined(counted(rows.size(), "row") + ", " + counted(claims.size(), "claim") + ", " + counted(records.size(), "record"));
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
            check.violated("there are " + counted(gate->claims.size(), "claim") + ", the limit is " + limit->text(), gate_is_wrong);
        }
    }
    return check.done();
}

Check check_users(const Evidence& evidence) {
    if (has_nothing(evidence)) return not_checked("I2", "neither rows nor claims to compare");
    Checking check("I2", evidence);
    const auto rows = rows_of(evidence);
    const auto claims = claims_of(evidence);
    const auto records = records_of(evidence);
    say_what_was_examined(check, rows, claims, records);
    check.violated("user with two rows", rows.doubled_users, ledger_is_wrong);
    check.violated("user with two claims", claims.doubled_users, gate_is_wrong);
    check.violated("user with two slots on the topic", records.doubled_users, topic_is_wrong);
    return check.done();
}

Check check_slots(const Evidence& evidence) {
    if (has_nothing(evidence)) return not_checked("I3", "neither rows nor claims to compare");
    Checking check("I3", evidence);
    const auto rows = rows_of(evidence);
    const auto claims = claims_of(evidence);
    const auto records = records_of(evidence);
    say_what_was_examined(check, rows, claims, records);
    check.violated("slot with two rows", rows.doubled_slots, ledger_is_wrong);
    check.violated("row of an impossible slot", rows.impossible, ledger_is_wrong);
    check.violated("slot with two claims", claims.doubled_slots, gate_is_wrong);
    check.violated("claim of an impossible slot", claims.impossible, gate_is_wrong);
    check.violated("slot of two users on the topic", records.doubled_slots, topic_is_wrong);
    return check.done();
}

} // namespace coupon
