#include "core/checks.hpp"

#include "core/checking.hpp"

namespace coupon {

namespace {

constexpr auto promise_hint = "coupon-consume --recover says what was lost and brings it on; a failed event needs its cause removed before";

/// Users told "granted" whose row is not what they were told, by what became of the promise.
struct BrokenPromises {
    Concerned other_slot;  ///< their row has another slot
    Concerned slot_taken;  ///< somebody else has the row of their slot
    Concerned failed;      ///< their record is a failed event
    Concerned without_row; ///< no row, or not yet
};

void look_at(const Fate& fate, Slot promised, const Evidence& evidence, BrokenPromises& broken) {
    if (evidence.has_row(fate, promised)) return;
    if (fate.row) {
        broken.other_slot.add(fate.user);
    } else if (evidence.row_holder(promised)) {
        broken.slot_taken.add(fate.user);
    } else if (fate.failed != nullptr) {
        broken.failed.add(fate.user);
    } else {
        broken.without_row.add(fate.user);
    }
}

} // namespace

Check check_promises(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I4", no_history);
    if (evidence.is_abandoned()) return not_checked("I4", "the round was abandoned by force, which releases its promises");
    Checking check("I4", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("promises could not be compared with the ledger", "audit again once the ledger can be read");
        return check.done();
    }
    BrokenPromises broken;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        for (const auto told : fate.seen(Where::told)) {
            const auto entry = evidence.applications()[told];
            if (entry.answer == Answer::granted) look_at(fate, *entry.slot, evidence, broken);
        }
    });
    check.examined(counted(evidence.fates().counts().told_granted, "user") + " told granted, " +
                   counted(evidence.input().ledger->coupons.size(), "row"));
    check.violated("told granted, but the row has another slot", broken.other_slot, "find out who changed the ledger");
    check.violated("told granted, but the slot went to somebody else", broken.slot_taken, "find out who changed the ledger");
    if (evidence.is_complete()) {
        check.violated("told granted, but the record failed", broken.failed, promise_hint);
        check.violated("told granted, but there is no row", broken.without_row, promise_hint);
    } else {
        check.undecided("told granted, and the record failed so far", broken.failed, promise_hint);
        check.undecided("told granted, and there is no row yet", broken.without_row, "audit again when the event is quiescent");
    }
    return check.done();
}

Check check_refusals(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I5", no_history);
    Checking check("I5", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("refusals could not be compared with the ledger", "audit again once the ledger can be read");
        return check.done();
    }
    Concerned refused_with_row;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.told_only_no && fate.row) refused_with_row.add(fate.user);
    });
    check.examined(counted(evidence.fates().counts().told_only_no, "user") + " told only no");
    const auto hint = "this user does not know of the coupon: find out who wrote the row";
    // A file that is missing or unreadable in parts may hold the answer that explains the row.
    if (evidence.histories_are_all()) {
        check.violated("told only no, but there is a row", refused_with_row, hint);
    } else {
        check.undecided("told only no in what could be read, but there is a row", refused_with_row, hint);
    }
    return check.done();
}

} // namespace coupon
