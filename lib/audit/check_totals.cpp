#include "audit/checks.hpp"

#include "audit/checking.hpp"
#include "audit/epochs.hpp"
#include "audit/health.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto refused_hint =
    "these users were refused while coupons were left: let them apply again; CLIENT LIST at the gate's Redis shows who is "
    "connected, and the suite's connections have the name coupon";

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

/// As far as anything tells: by the gate at the last look, where the event moves.
std::int64_t slots_taken(const Evidence& evidence) {
    if (!evidence.is_complete()) return evidence.input().motion->after.after.granted;
    return static_cast<std::int64_t>(evidence.fates().counts().holding);
}

/// Claims without a row, by what is known of them.
struct Rowless {
    Concerned failed;
    Concerned waiting; ///< in the outbox, or with a record that may bring the row
    Concerned unshown; ///< in a database that has not caught up
    Concerned others;
};

Rowless find_rowless(const Evidence& evidence) {
    Rowless found;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (!fate.claim || fate.row) return;
        if (fate.failed != nullptr) return found.failed.add(fate.user);
        if (evidence.may_become_row(fate, *fate.claim)) return found.waiting.add(fate.user);
        (evidence.may_come_to_row(fate) ? found.unshown : found.others).add(fate.user);
    });
    return found;
}

void compare_claims(Checking& check, const Evidence& evidence) {
    auto found = find_rowless(evidence);
    check.examined(counted(evidence.fates().counts().claimed, "user") + " with a claim");
    check.cannot_tell("claim without a row in a database that has not caught up", found.unshown, lag_hint);
    if (evidence.is_complete()) {
        check.violated("claim whose record failed", found.failed, failed_hint);
        found.others.add(found.waiting);
        check.violated("claim without a row", found.others, recover_hint);
        return;
    }
    check.cannot_tell("claim whose record failed so far", found.failed, failed_hint);
    const bool are_too_many = evidence.input().motion && static_cast<std::int64_t>(found.others.size()) > claims_unseen_at_most(evidence);
    if (are_too_many) {
        check.cannot_tell("claim without a row or a record that may bring one, of which " +
                              std::to_string(claims_unseen_at_most(evidence)) + " can be on their way",
                          found.others, recover_hint);
    } else {
        found.waiting.add(found.others);
    }
    check.not_yet("claim without a row so far", found.waiting);
}

/// Within an epoch a gate that told "sold out" has no slot left, whatever happens.
void compare_sold_out(Checking& check, const Evidence& evidence) {
    const auto told = evidence.fates().counts().told_sold_out;
    const auto rows = static_cast<std::int64_t>(evidence.input().ledger->coupons.size());
    const auto limit = evidence.round_row()->limit;
    check.examined(counted(told, "user") + " told sold_out");
    if (told == 0 || rows >= limit.value()) return;
    const auto name = "told \"sold out\" although only " + std::to_string(rows) + " of " + limit.text() + " coupons exist";
    if (!evidence.is_one_epoch()) {
        check.cannot_tell(name + " so far", "run coupon-consume, and audit again once nothing is on its way: --wait TIME waits for it");
    } else if (!was_told_in_last_epoch(evidence)) {
        check.examined("rows short of the limit not judged (claims that no user was promised were lost with an earlier epoch)");
    } else if (slots_taken(evidence) < limit.value()) {
        check.violated(name + ", and " + std::to_string(slots_taken(evidence)) + " slots were taken", told_sold_out(evidence),
                       refused_hint);
    } else if (evidence.is_complete() && !evidence.ledger_is_current()) {
        check.cannot_tell(name + " in a database that has not caught up", lag_hint);
    } else if (evidence.is_complete()) {
        // These users were told the truth. Other findings name those whose coupons are missing.
        check.violated(name, recover_hint);
    } else {
        check.not_yet(name + " so far");
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
        check.cannot_tell("rows could not be compared with the gate's claims", unread_hint);
    }
    if (has_history) compare_sold_out(check, evidence);
    return check.done();
}

std::optional<Check> check_expectation(const Evidence& evidence) {
    const auto expect = evidence.input().expect;
    if (!expect) return std::nullopt;
    Checking check("expect", evidence);
    if (!evidence.has_rows()) {
        check.cannot_tell("rows could not be counted", unread_hint);
        return check.done();
    }
    const auto rows = static_cast<std::int64_t>(evidence.input().ledger->coupons.size());
    const auto sentence = counted(static_cast<std::size_t>(rows), "coupon") + " issued, " + std::to_string(*expect) + " expected";
    check.examined(sentence);
    // Rows never go away, so too many is certain at any time.
    if (rows > *expect || (rows < *expect && evidence.is_complete() && evidence.ledger_is_current())) {
        check.violated(sentence, "where every other check is ok, each promise was kept: audit with the number of coupons that there are");
    } else if (rows < *expect && evidence.is_complete()) {
        check.cannot_tell(sentence + ", and the database has not caught up", lag_hint);
    } else if (rows < *expect) {
        check.not_yet(sentence + "; more may come");
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
    check.mention("claim given up by a forced reset", given_up,
                  "these users hold no coupon: tell them, and let them apply in a later round");
    return check.done();
}

std::optional<Check> check_void_claims(const Evidence& evidence) {
    if (!evidence.input().ledger || evidence.input().ledger->void_claims.empty()) return std::nullopt;
    Checking check("void", evidence);
    const auto& claims = evidence.input().ledger->void_claims;
    check.examined(counted(claims.size(), "claim") + " found void while the gate was armed again");
    Concerned losers;
    for (const auto& claim : claims)
        losers.add(claim.user, text_of(claim));
    check.mention("claim found void, since the gate had gone back in time", losers, void_hint);
    return check.done();
}

} // namespace coupon
