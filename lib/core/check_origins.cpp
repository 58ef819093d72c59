#include "core/checks.hpp"

#include "core/checking.hpp"

namespace coupon {

namespace {

constexpr auto who_wrote = "find out who wrote to the ledger or to the gate";

/// Rows that do not belong to an application, by what is missing.
struct Foundlings {
    Concerned without_claim;
    Concerned other_claim;
    Concerned without_record;
    Concerned in_no_history;
};

Foundlings find_rows_without_origin(const Evidence& evidence) {
    Foundlings found;
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
            if (asks_topic && !evidence.has_record(fate, slot)) found.without_record.add(fate.user);
            if (!evidence.histories().empty() && !fate.applied) found.in_no_history.add(fate.user);
        }
    });
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
    check.violated(row, with_row,
                   "give the missing histories, with --histories-are-partial where some are lost; or find out who wrote the rows");
    Concerned with_claim;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.claim && !fate.applied && !fate.row) with_claim.add(fate.user);
    });
    check.violated("claim of a user in none of the histories given", with_claim, who_wrote);
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
    check.violated("row without a claim", found.without_claim, who_wrote);
    check.violated("row whose claim has another slot", found.other_claim, who_wrote);
    check.violated("row without a record that may be issued", found.without_record, who_wrote);
    say_whom_no_history_knows(check, evidence, found.in_no_history);
    if (!is_older && !evidence.gate_remembers()) {
        check.cannot_tell("rows could not be compared with the gate's claims", "audit again once the gate is armed");
    }
    return check.done();
}

} // namespace coupon
