#include "audit/checks.hpp"

#include "audit/checking.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace coupon {

namespace {

/// For each boot of a machine, a moment from before the ledger was read: an application that has its row was made then. What was answered
/// before that moment was told before any store was read.
using Horizons = std::map<std::string, std::int64_t>;

Horizons horizons_of(const Evidence& evidence) {
    Horizons horizons;
    const auto& applications = evidence.applications();
    for (Index told = 0; told < applications.size(); ++told) {
        if (applications.answer(told) != Answer::granted) continue;
        const auto entry = applications[told];
        if (evidence.row_holder(*entry.slot) != entry.user) continue;
        auto& horizon = horizons[applications.history_of(told).head.boot_id];
        horizon = std::max(horizon, entry.invoke_ns);
    }
    return horizons;
}

/// Users told "granted" whose row is not what they were told, by what became of the promise.
struct BrokenPromises {
    Concerned other_slot;  ///< their row has another slot
    Concerned slot_taken;  ///< somebody else has the row of their slot
    Concerned failed;      ///< their record is a failed event
    Concerned became_void; ///< an arming found their claim void, for the gate had gone back
    Concerned unshown;     ///< no row in a database that has not caught up
    Concerned without_row; ///< no row, or not yet
    Concerned forgotten;   ///< no row, and the gate does not hold the claim it must hold
};

/// The promises of one user. `horizons` are empty where it is not certain that the gate forgot nothing.
void look_at(const Fate& fate, const Evidence& evidence, const Horizons& horizons, BrokenPromises& broken) {
    for (const auto told : fate.seen(Where::told)) {
        const auto entry = evidence.applications()[told];
        if (entry.answer != Answer::granted || evidence.has_row(fate, *entry.slot)) continue;
        const auto horizon = horizons.find(evidence.applications().history_of(told).head.boot_id);
        if (evidence.is_void(fate.user, *entry.slot)) {
            broken.became_void.add(fate.user);
        } else if (fate.row) {
            broken.other_slot.add(fate.user);
        } else if (evidence.row_holder(*entry.slot)) {
            broken.slot_taken.add(fate.user);
        } else if (fate.failed != nullptr) {
            broken.failed.add(fate.user);
        } else if (evidence.may_come_to_row(fate) && !evidence.may_become_row(fate, *entry.slot)) {
            broken.unshown.add(fate.user);
        } else if (evidence.ledger_is_current() && !fate.claim && horizon != horizons.end() && *entry.answer_ns < horizon->second) {
            broken.forgotten.add(fate.user);
        } else {
            broken.without_row.add(fate.user);
        }
    }
}

} // namespace

Check check_promises(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I4", no_history);
    if (evidence.is_abandoned()) return not_checked("I4", "the round was abandoned by force, which releases its promises");
    Checking check("I4", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("promises could not be compared with the ledger", unread_hint);
        return check.done();
    }
    BrokenPromises broken;
    const bool is_complete = evidence.is_complete();
    const auto horizons = is_complete || !evidence.is_one_epoch() ? Horizons{} : horizons_of(evidence);
    evidence.fates().for_each_unusual([&](const Fate& fate) { look_at(fate, evidence, horizons, broken); });
    check.examined(counted(evidence.fates().counts().told_granted, "user") + " told granted, " +
                   counted(evidence.input().ledger->coupons.size(), "row"));
    check.violated("told granted, but the row has another slot", broken.other_slot, row_hint);
    check.violated("told granted, but the slot went to somebody else", broken.slot_taken, row_hint);
    check.violated("told granted, but the gate had gone back in time and the claim became void", broken.became_void, void_hint);
    check.violated("told granted before the stores were read, but there is neither row nor claim", broken.forgotten, recover_hint);
    check.cannot_tell("told granted, and there is no row in a database that has not caught up", broken.unshown, lag_hint);
    if (is_complete) {
        check.violated("told granted, but the record failed", broken.failed, failed_hint);
        check.violated("told granted, but there is no row", broken.without_row, recover_hint);
    } else {
        check.cannot_tell("told granted, and the record failed so far", broken.failed, failed_hint);
        check.not_yet("told granted, and there is no row yet", broken.without_row);
    }
    return check.done();
}

Check check_refusals(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I5", no_history);
    Checking check("I5", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("refusals could not be compared with the ledger", unread_hint);
        return check.done();
    }
    Concerned refused_with_row;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.told_only_no && fate.row) refused_with_row.add(fate.user);
    });
    check.examined(counted(evidence.fates().counts().told_only_no, "user") + " told only no");
    const auto hint =
        "these users do not know of their coupons: tell them, or find the statement that wrote the row in the database's binary log, "
        "at the row's issued_at";
    // A file that is missing or unreadable in parts may hold the answer that explains the row.
    if (evidence.histories_are_all()) {
        check.violated("told only no, but there is a row", refused_with_row, hint);
    } else {
        check.cannot_tell("told only no in what could be read, but there is a row", refused_with_row, hint);
    }
    return check.done();
}

} // namespace coupon
