#include "audit/checks.hpp"

#include "audit/checking.hpp"

#include <set>
#include <vector>

namespace coupon {

namespace {

constexpr auto one_is_wrong = "coupon-audit --user ID tells what each store has of a user: where the gate is wrong, run coupon-reset "
                              "--rebuild-gate; where the row is wrong, the database's binary log at its issued_at has the statement that "
                              "wrote it";

/// Rows that do not belong to an application, by what is missing.
struct Foundlings {
    Concerned without_claim;
    Concerned other_claim;
    Concerned without_record;
    Concerned lost_record; ///< claim and row agree, and nothing on the topic speaks of the user or of the slot
    Concerned in_no_history;
};

/// The slots that records speak for.
std::set<Slot> slots_on_topic(const Evidence& evidence) {
    std::set<Slot> slots;
    const auto& records = evidence.records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (speaks_for_its_user(records.judged(i)) && records.user_of(i)) slots.insert(records.grant(i).slot);
    }
    return slots;
}

void sort_by_topic(const std::vector<Coupon>& agreed, const Evidence& evidence, Foundlings& found) {
    if (agreed.empty()) return;
    const auto slots = slots_on_topic(evidence);
    for (const auto& row : agreed)
        (slots.contains(row.slot) ? found.without_record : found.lost_record).add(row.user);
}

Foundlings find_rows_without_origin(const Evidence& evidence) {
    Foundlings found;
    std::vector<Coupon> agreed; // by gate and ledger, without a record
    const bool asks_topic = evidence.topic_is_whole();
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        for (const auto row : fate.seen(Where::row)) {
            const auto slot = evidence.input().ledger->coupons[row].slot;
            if (evidence.gate_remembers()) {
                if (!fate.claim) {
                    found.without_claim.add(fate.user);
                } else if (*fate.claim != slot) {
                    found.other_claim.add(fate.user);
                }
            }
            if (asks_topic && !evidence.has_record(fate, slot)) {
                const bool is_agreed = evidence.gate_remembers() && fate.claim == slot && fate.seen(Where::row).size() == 1;
                if (is_agreed && fate.seen(Where::record).empty()) {
                    agreed.push_back(evidence.input().ledger->coupons[row]);
                } else {
                    found.without_record.add(fate.user);
                }
            }
            if (!evidence.histories().empty() && !fate.applied) found.in_no_history.add(fate.user);
        }
    });
    sort_by_topic(agreed, evidence, found);
    return found;
}

const char* why_histories_are_not_all(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return no_history;
    return evidence.input().histories_are_partial ? "the histories are partial" : "the histories have defects";
}

/// Says which of the origins could not be asked.
void say_what_was_compared(Checking& check, const Evidence& evidence) {
    check.examined(counted(evidence.input().ledger->coupons.size(), "row"));
    if (evidence.gate_remembers()) check.examined(counted(evidence.gate()->claims.size(), "claim"));
    if (evidence.topic_is_whole()) {
        check.examined(counted(evidence.records().size(), "record"));
    } else if (evidence.input().topic_log) {
        check.examined("records not compared (the topic no longer holds all of them)");
    }
    if (evidence.histories_are_all()) {
        check.examined(counted(evidence.histories().size(), "history file"));
    } else {
        check.examined(std::string("applications not compared (") + why_histories_are_not_all(evidence) + ")");
    }
}

/// Somebody else may have written the row or the claim, unless the histories given are not all there are.
void say_whom_no_history_knows(Checking& check, const Evidence& evidence, const Concerned& with_row) {
    constexpr auto row = "row of a user in none of the histories given";
    if (!evidence.histories_are_all()) {
        check.mention(row, with_row, "give the missing histories to see whether these users applied");
        return;
    }
    constexpr auto give_all =
        "give the missing histories, with --histories-are-partial where some are lost; where these users did not apply, "
        "coupon-audit --user ID tells what each store has of them";
    check.violated(row, with_row, give_all);
    Concerned with_claim;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.claim && !fate.applied && !fate.row) with_claim.add(fate.user);
    });
    check.violated("claim of a user in none of the histories given", with_claim, give_all);
}

} // namespace

Check check_origins(const Evidence& evidence) {
    if (!evidence.has_rows()) {
        return not_checked("I6", "no rows to compare");
    }
    const bool is_older = evidence.input().is_older_round;
    if (is_older && !evidence.histories_are_all()) return not_checked("I6", "an older round needs its histories for this");
    Checking check("I6", evidence);
    say_what_was_compared(check, evidence);
    const auto found = find_rows_without_origin(evidence);
    check.violated("row without a claim", found.without_claim, one_is_wrong);
    check.violated("row whose claim has another slot", found.other_claim, one_is_wrong);
    check.violated("row without a record that may be issued", found.without_record, one_is_wrong);
    check.cannot_tell(
        "the topic lost a record: claim and row agree without it", found.lost_record,
        "no user is harmed, for gate and ledger agree on these coupons: the broker lost records, or they were deleted; coupon-audit "
        "--preflight names the settings by which a topic loses records");
    say_whom_no_history_knows(check, evidence, found.in_no_history);
    if (!is_older && !evidence.gate_remembers()) {
        check.cannot_tell("rows could not be compared with the gate's claims", evidence.gate() != nullptr ? arm_hint : unread_hint);
    }
    return check.done();
}

} // namespace coupon
