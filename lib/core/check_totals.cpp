#include "core/checks.hpp"

#include "core/checking.hpp"
#include "core/epochs.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto missing_row_hint =
    "a running coupon-consume publishes a claim without a row again; coupon-consume --recover says what was lost";
constexpr auto failed_hint = "remove the cause; coupon-consume --recover then issues what the gate holds a claim of";

/// Everybody told "sold out".
Concerned told_sold_out(const Evidence& evidence) {
    Concerned users;
    for (const auto user : evidence.fates().told_sold_out())
        users.add(user);
    return users;
}

/// Whether somebody was told "sold out" in the epoch that still lasts.
bool was_told_in_last_epoch(const Evidence& evidence) {
    const Epochs epochs(evidence);
    return std::any_of(evidence.histories().begin(), evidence.histories().end(), [&](const History* history) {
        for (std::size_t i = 0; i < history->entries.size(); ++i) {
            if (history->entries.answer(i) == Answer::sold_out && epochs.had_begun(epochs.last(), *history, history->entries[i].invoke_ns))
                return true;
        }
        return false;
    });
}

void compare_claims(Checking& check, const Evidence& evidence) {
    Concerned without_row;
    Concerned failed;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.claim && !fate.row) (fate.failed != nullptr ? failed : without_row).add(fate.user);
    });
    check.examined(counted(evidence.fates().counts().claimed, "user") + " with a claim");
    if (evidence.is_complete()) {
        check.violated("claim whose record failed", failed, failed_hint);
        check.violated("claim without a row", without_row, missing_row_hint);
    } else {
        check.undecided("claim whose record failed so far", failed, failed_hint);
        check.undecided("claim without a row so far", without_row, "audit again when the event is quiescent");
    }
}

void compare_sold_out(Checking& check, const Evidence& evidence) {
    const auto told = evidence.fates().counts().told_sold_out;
    const auto rows = evidence.input().ledger->coupons.size();
    const auto limit = evidence.round_row()->limit;
    check.examined(counted(told, "user") + " told sold_out");
    if (told == 0 || static_cast<std::int64_t>(rows) >= limit.value()) return;
    const auto name = "sold_out was told, but there are " + std::to_string(rows) + " of " + limit.text() + " rows";
    if (!evidence.is_complete()) {
        check.undecided(name + " so far", told_sold_out(evidence), "audit again when the event is quiescent");
    } else if (was_told_in_last_epoch(evidence)) {
        check.violated(name, told_sold_out(evidence), "see which claims have no row, or which claims are gone");
    } else {
        check.examined("rows short of the limit not judged (claims nobody was promised were lost with an earlier epoch)");
    }
}

} // namespace

Check check_totals(const Evidence& evidence) {
    if (evidence.is_abandoned()) return not_checked("I7", "the round was abandoned by force, which gives up its claims");
    if (!evidence.has_rows()) return not_checked("I7", "no rows to compare");
    const bool has_history = !evidence.histories().empty();
    if (evidence.input().is_older_round && !has_history) return not_checked("I7", "an older round needs its histories for this");
    Checking check("I7", evidence);
    check.examined(counted(evidence.input().ledger->coupons.size(), "row"));
    if (evidence.gate() != nullptr) {
        compare_claims(check, evidence);
    } else if (!evidence.input().is_older_round) {
        check.cannot_tell("rows could not be compared with the gate's claims", "audit again once the gate can be read");
    }
    if (has_history) compare_sold_out(check, evidence);
    return check.done();
}

std::optional<Check> check_expectation(const Evidence& evidence) {
    const auto expect = evidence.input().expect;
    if (!expect) return std::nullopt;
    Checking check("expect", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("rows could not be counted", "audit again once the ledger can be read");
        return check.done();
    }
    const auto rows = static_cast<std::int64_t>(evidence.input().ledger->coupons.size());
    const auto sentence = "there are " + counted(static_cast<std::size_t>(rows), "row") + ", " + std::to_string(*expect) + " were expected";
    check.examined(counted(static_cast<std::size_t>(rows), "row") + ", " + std::to_string(*expect) + " expected");
    // Rows never go away, so too many is certain at any time.
    if (rows > *expect || (rows < *expect && evidence.is_complete())) {
        check.violated(sentence, "the other checks say whether every promise was kept");
    } else if (rows < *expect) {
        check.cannot_tell(sentence + "; more may come", "audit again when the event is quiescent");
    }
    return check.done();
}

std::optional<Check> check_abandoned(const Evidence& evidence) {
    if (!evidence.is_abandoned()) return std::nullopt;
    Checking check("abandoned", evidence);
    Concerned given_up;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (fate.was_abandoned) given_up.add(fate.user);
    });
    check.examined("the round was abandoned by force, " + counted(given_up.size(), "claim") + " given up");
    check.mention("claim given up by a forced reset", given_up, "these users hold no coupon; tell them");
    return check.done();
}

} // namespace coupon
