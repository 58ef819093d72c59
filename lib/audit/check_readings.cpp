#include "audit/checks.hpp"

#include "audit/checking.hpp"
#include "audit/health.hpp"
#include "core/escape.hpp"
#include "core/unknown_event.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto look_at_stores = "follow the hint of \"stores\", then audit again";
constexpr auto open_a_round = "coupon-reset opens a round";
constexpr auto stands_still =
    "run coupon-consume, or read in the log of the running one why it does not issue; then audit again, and --wait TIME waits longer";

std::string read_or_not(bool was_read, const std::string& what) {
    return was_read ? what : "not " + what;
}

bool anybody_applied(const Evidence& evidence) {
    const auto& counts = evidence.fates().counts();
    return counts.applied + counts.claimed + counts.issued + counts.on_topic + counts.abandoned > 0;
}

/// The first thing that keeps this round from being judged at all, or empty.
std::string nothing_to_check(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (!input.ledger) return {}; // "stores" says so.
    if (!input.round || input.ledger->rounds.empty()) return no_round_of(input.event, input.events).message;
    if (evidence.round_row() == nullptr) {
        return "round " + input.round->text() + " is unknown to the ledger" +
               (input.ledger->rounds.empty() ? "" : ", whose highest is " + input.ledger->rounds.back().round.text());
    }
    if (evidence.round_row()->state == RoundState::opening) return "round " + input.round->text() + " is opening: a reset has not finished";
    if (evidence.round_row()->state == RoundState::purged) return "the coupons of round " + input.round->text() + " were purged";
    if (!anybody_applied(evidence) && input.unreadable.empty() && input.expect != 0) {
        return "no applications in round " + input.round->text() + " yet";
    }
    return {};
}

std::string hint_for_nothing(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (!input.round || input.ledger->rounds.empty()) return no_round_of(input.event, input.events).hint;
    if (evidence.round_row() == nullptr) return no_such_round_hint;
    if (evidence.round_row()->state == RoundState::opening) return open_a_round;
    if (evidence.round_row()->state == RoundState::purged)
        return "only an audit from before can tell: audit the next round before coupon-reset --purge-ledger deletes its coupons";
    return "where no user was to apply, audit with --expect 0";
}

std::string why_not_armed(const Evidence& evidence) {
    const auto epoch = evidence.gate()->fields.epoch;
    const auto* row = evidence.round_row();
    if (row == nullptr || row->epoch == epoch) return "the gate is not armed";
    return "the gate is in epoch " + epoch.text() + ", the ledger in " + row->epoch.text() + ": it is not armed";
}

} // namespace

Check check_stores(const Evidence& evidence) {
    const auto& input = evidence.input();
    Checking check("stores", evidence);
    if (input.is_older_round) {
        check.examined("ledger and history, as for every older round");
    } else {
        check.examined(read_or_not(input.ledger.has_value(), "the ledger"));
        check.examined(read_or_not(input.topic_log.has_value(), "the topic"));
        check.examined(read_or_not(input.gate.has_value(), "the gate"));
    }
    for (const auto& fault : input.unreadable)
        check.cannot_tell(fault.message, fault.hint.empty() ? start_hint : fault.hint);
    const bool is_asked_for_all = input.unreadable.empty() && input.round && evidence.round_row() != nullptr;
    const bool has_all = input.ledger && (input.is_older_round || (input.topic_log && input.gate));
    if (is_asked_for_all && !has_all) check.cannot_tell("not all three stores were read", start_hint);
    if (!input.ledger && input.unreadable.empty()) check.cannot_tell("the ledger was not read", start_hint);
    return check.done();
}

Check check_round(const Evidence& evidence) {
    Checking check("round", evidence);
    if (const auto* row = evidence.round_row(); row != nullptr) {
        check.examined("round " + row->round.text() + " of event " + row->event + ": " + name_of(row->state) + ", limit " +
                       row->limit.text() + ", epoch " + row->epoch.text());
    } else {
        check.examined("event " + evidence.input().event);
    }
    if (!evidence.input().ledger) check.cannot_tell("the rounds of the event were not read", look_at_stores);
    if (const auto why = nothing_to_check(evidence); !why.empty()) check.cannot_tell(why, hint_for_nothing(evidence));
    const auto& gate = evidence.input().gate;
    if (gate && evidence.input().round && gate->defects.empty() && gate->fields.round != *evidence.input().round &&
        !evidence.input().is_older_round) {
        check.cannot_tell("the gate holds round " + gate->fields.round.text() + ", the ledger's highest is " +
                              evidence.input().round->text(),
                          other_round_hint);
    }
    return check.done();
}

Check check_quiescent(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round) return not_checked("quiescent", older_round);
    Checking check("quiescent", evidence);
    if (input.gate) {
        check.examined(counted(static_cast<std::size_t>(std::max<std::int64_t>(0, input.gate->outbox_size)), "pending claim"));
    }
    if (input.topic_log) {
        std::int64_t behind = 0;
        for (const auto& partition : input.topic_log->partitions)
            behind += partition.behind();
        check.examined(counted(input.topic_log->partitions.size(), "partition") + ", " + std::to_string(behind) + " behind");
    }
    if (!input.gate || !input.topic_log) check.cannot_tell("gate and topic were not both read", look_at_stores);
    for (const auto& reason : input.not_quiescent_because)
        input.motion ? check.not_yet(reason) : check.cannot_tell(reason, stands_still);
    if (input.motion) {
        for (const auto& objection : objections_to_health(evidence))
            check.cannot_tell(objection, stands_still);
    }
    if (input.gate && input.round && input.not_quiescent_because.empty() && evidence.gate() != nullptr && !evidence.gate_remembers())
        check.cannot_tell(why_not_armed(evidence), arm_hint);
    return check.done();
}

Check check_history(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("history", no_history);
    Checking check("history", evidence);
    std::size_t entries = 0;
    for (const auto* history : evidence.histories())
        entries += history->entries.size();
    const auto applied = evidence.fates().counts().applied;
    check.examined(std::to_string(evidence.histories().size()) + " of " + counted(evidence.input().histories.size(), "file"));
    check.examined(counted(entries, "application") + " of " + counted(applied, "user"));
    if (evidence.input().histories_are_partial) check.examined("partial by --histories-are-partial");
    for (const auto& defect : evidence.history_defects())
        defect.may_be_closed_yet&& evidence.input().motion ? check.not_yet(defect.sentence)
                                                           : check.cannot_tell(defect.sentence, defect.hint);
    return check.done();
}

} // namespace coupon
