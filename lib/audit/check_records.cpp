#include "audit/checks.hpp"

#include "audit/checking.hpp"
#include "audit/trail.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t spelled_out = 5;

/// "2@17: header slot is missing"
std::string spelled(const ClassedRecord& record) {
    return "record " + place_of(record.at()) + ": " + std::string(record.why);
}

std::optional<UserId> user_of(const ClassedRecord& record) {
    if (record.issue() != nullptr) return record.issue()->grant.user;
    const auto* undecodable = std::get_if<Undecodable>(&record.record.decoded);
    return undecodable != nullptr ? undecodable->user : std::nullopt;
}

/// Records that have no class, of those the workers are equally far with.
struct Unclassed {
    Concerned not_issued;               ///< they might have been issued
    Concerned not_failed;               ///< they ought to be failed events
    std::vector<std::string> of_nobody; ///< the first few that name no user
    std::size_t of_nobody_total = 0;

    /// "record 2@17: the value is null and 3 more"
    [[nodiscard]] std::string nobodys() const {
        std::string text;
        for (const auto& sentence : of_nobody)
            text += (text.empty() ? "" : "; ") + sentence;
        const auto more = of_nobody_total - of_nobody.size();
        return more == 0 ? text : text + "; and " + std::to_string(more) + " more";
    }
};

enum class Progress {
    skipped,  ///< the workers were past it, as the database that was read knows them
    not_here, ///< they had committed past it before the ledger was read, and the database has not come to it
    not_read, ///< they had not
};

Progress progress_of(const SourcePosition& at, const Evidence& evidence) {
    if (!evidence.is_settled(at)) return Progress::not_read;
    return evidence.is_judged(at) ? Progress::skipped : Progress::not_here;
}

std::map<Progress, Unclassed> find_unclassed(const Evidence& evidence) {
    std::map<Progress, Unclassed> all;
    for (std::size_t i = 0; i < evidence.records().size(); ++i) {
        if (evidence.records().judged(i).becomes) continue;
        const auto record = evidence.records()[i];
        auto& found = all[progress_of(record.at(), evidence)];
        const auto user = user_of(record);
        if (!user) {
            if (++found.of_nobody_total <= spelled_out) found.of_nobody.push_back(spelled(record));
        } else if (record.admission == Admission::issue) {
            found.not_issued.add(*user, spelled(record));
        } else {
            found.not_failed.add(*user, spelled(record));
        }
    }
    return all;
}

std::string class_counts(const ClassedRecords& records) {
    constexpr std::array classes{RecordClass::issued, RecordClass::already_issued, RecordClass::stale, RecordClass::fenced,
                                 RecordClass::failed};
    std::array<std::size_t, classes.size()> counts{};
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (const auto becomes = records.judged(i).becomes) ++counts[static_cast<std::size_t>(*becomes)];
    }
    std::string text = counted(records.size(), "record");
    for (const auto one : classes)
        text += std::string(", ") + std::to_string(counts[static_cast<std::size_t>(one)]) + " " + name_of(one);
    return text;
}

/// How many of the failed events an operator dismissed; empty where there is none.
std::string dismissed_count(const AuditInput& input) {
    if (!input.ledger) return {};
    const auto dismissed = std::count_if(input.ledger->failed.begin(), input.ledger->failed.end(), [&](const FailedEvent& event) {
        return event.topic == input.topic && !event.resolved && event.dismissed_why;
    });
    return dismissed == 0 ? std::string() : ", " + std::to_string(dismissed) + " of the failed events dismissed";
}

/// Rows that should not have come of their records: behind a fence, or after the claim was given up.
void find_wrongly_issued(Checking& check, const Evidence& evidence) {
    Concerned fenced;
    Concerned given_up;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        if (!fate.row) return;
        if (fate.was_abandoned) given_up.add(fate.user);
        if (!evidence.gate_remembers() || fate.claim == fate.row) return;
        for (const auto seen : fate.seen(Where::record)) {
            const auto& record = evidence.records().judged(seen);
            if (record.admission == Admission::fenced && record.becomes == RecordClass::issued) fenced.add(fate.user);
        }
    });
    check.violated("row of a fenced record", fenced, row_hint);
    check.violated("row of a claim that was given up", given_up, row_hint);
}

} // namespace

Check check_classes(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round && !evidence.is_abandoned()) return not_checked("I9", older_round);
    Checking check("I9", evidence);
    if (!input.is_older_round && (!input.topic_log || !input.ledger)) {
        check.cannot_tell("records could not be classed", unread_hint);
        return check.done();
    }
    check.examined(class_counts(evidence.records()) + dismissed_count(input));
    find_wrongly_issued(check, evidence);
    // A worker commits an offset only once the ledger has what became of the record.
    auto unclassed = find_unclassed(evidence);
    const auto& skipped = unclassed[Progress::skipped];
    check.violated("record that was neither issued nor kept as a failed event", skipped.not_issued, recover_hint);
    check.violated("record that cannot be issued and is no failed event", skipped.not_failed, recover_hint);
    if (!skipped.of_nobody.empty()) check.violated("record that names no user and is no failed event: " + skipped.nobodys(), recover_hint);
    const auto& not_here = unclassed[Progress::not_here];
    check.cannot_tell("record that was committed and has no row in a database that has not caught up", not_here.not_issued, lag_hint);
    check.cannot_tell("record that was committed and is no failed event in a database that has not caught up", not_here.not_failed,
                      lag_hint);
    if (!not_here.of_nobody.empty()) {
        check.cannot_tell("record that was committed, names no user and is no failed event in a database that has not caught up: " +
                              not_here.nobodys(),
                          lag_hint);
    }
    const auto& unread = unclassed[Progress::not_read];
    check.not_yet("record that is not issued yet", unread.not_issued);
    check.not_yet("record that is no failed event yet", unread.not_failed);
    if (!unread.of_nobody.empty()) check.not_yet("record that names no user and is no failed event yet: " + unread.nobodys());
    return check.done();
}

Check check_rounds_apart(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round) return not_checked("I10", older_round);
    if (!input.topic_log || !evidence.has_rows()) return not_checked("I10", "topic or rows could not be read");
    Checking check("I10", evidence);
    // Rows that nothing of this round explains.
    std::set<std::pair<UserId, Slot>> unexplained;
    evidence.fates().for_each_unusual([&](const Fate& fate) {
        for (const auto seen : fate.seen(Where::row)) {
            const auto slot = input.ledger->coupons[seen].slot;
            if (fate.claim != slot && !evidence.has_record(fate, slot)) unexplained.insert({fate.user, slot});
        }
    });
    Concerned crossed;
    std::size_t of_other_rounds = 0;
    std::set<Round> rounds;
    for (std::size_t i = 0; i < evidence.records().size(); ++i) {
        if (evidence.records().user_of(i)) continue; // of this round
        const auto record = evidence.records()[i];
        if (record.issue() == nullptr || record.issue()->event != input.event || record.issue()->grant.round == input.round) continue;
        const Grant& grant = record.issue()->grant;
        ++of_other_rounds;
        rounds.insert(grant.round);
        if (unexplained.contains({grant.user, grant.slot})) crossed.add(grant.user, "the record is of round " + grant.round.text());
    }
    check.examined(counted(of_other_rounds, "record") + " of " + counted(rounds.size(), "other round") + ", " +
                   counted(input.ledger->coupons.size(), "row") + " of this one");
    check.violated("row that a record of another round explains", crossed, row_hint);
    return check.done();
}

} // namespace coupon
