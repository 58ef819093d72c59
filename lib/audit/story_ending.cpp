#include "audit/story_ending.hpp"

#include "audit/checks.hpp"
#include "audit/trail.hpp"
#include "core/escape.hpp"
#include "core/lost_log.hpp"
#include "core/rfc3339.hpp"

#include <algorithm>

namespace coupon {

namespace {

using Ending = Story::Ending;

constexpr auto later_round = "apply in a later round";

class Concluding {
public:
    Concluding(const Evidence& evidence, const std::optional<Fate>& fate, const CloserLook& look)
        : evidence_(evidence), input_(evidence.input()), fate_(fate), look_(look) {}

    [[nodiscard]] StoryEnding conclude() const {
        if (auto ending = from_ledger()) return *ending;
        if (input_.is_older_round) return from_older_round();
        if (fate_ && fate_->claim) return from_claim(*fate_->claim);
        if (const auto waiting = waiting_record()) return on_its_way(*waiting);
        if (promised_slot() && evidence_.gate_remembers()) return from_promise(*promised_slot());
        return without_claim();
    }

private:
    [[nodiscard]] std::span<const Index> seen(Where where) const { return fate_ ? fate_->seen(where) : std::span<const Index>(); }
    /// The slot this user was told to be granted.
    [[nodiscard]] std::optional<Slot> promised_slot() const {
        for (const auto told : seen(Where::told)) {
            const auto entry = evidence_.applications()[told];
            if (entry.answer == Answer::granted) return entry.slot;
        }
        return std::nullopt;
    }
    [[nodiscard]] std::string ask_again() const {
        if (input_.unreadable.empty()) return start_hint;
        const auto& fault = input_.unreadable.front();
        return fault.message + "; " + (fault.hint.empty() ? start_hint : fault.hint);
    }
    /// A record that speaks for this user and that no worker had come to when the topic was read.
    [[nodiscard]] std::optional<SourcePosition> waiting_record() const {
        for (const auto one : seen(Where::record)) {
            if (!speaks_for_its_user(evidence_.records().judged(one))) continue;
            const auto at = evidence_.records()[one].at();
            if (evidence_.is_unread(at)) return at;
        }
        return std::nullopt;
    }
    [[nodiscard]] static StoryEnding on_its_way(const SourcePosition& at) {
        return {Ending::on_its_way, "record " + place_of(at) + " waits for a worker", "run coupon-consume, which issues it"};
    }

    [[nodiscard]] std::optional<StoryEnding> from_ledger() const;
    [[nodiscard]] StoryEnding from_failed_event() const;
    [[nodiscard]] StoryEnding from_older_round() const;
    [[nodiscard]] StoryEnding from_claim(Slot slot) const;
    [[nodiscard]] bool had_claim_before(Slot slot) const;
    [[nodiscard]] static StoryEnding from_old_database(Slot slot) {
        return {Ending::cannot_tell, "slot " + slot.text() + " was granted, and the database that was asked has not caught up", lag_hint};
    }
    [[nodiscard]] StoryEnding from_promise(Slot slot) const;
    [[nodiscard]] StoryEnding without_claim() const;
    [[nodiscard]] std::string seen_nowhere() const;

    const Evidence& evidence_;
    const AuditInput& input_;
    const std::optional<Fate>& fate_;
    const CloserLook& look_;
};

std::optional<StoryEnding> Concluding::from_ledger() const {
    const auto* round = evidence_.round_row();
    if (!input_.ledger) return StoryEnding{Ending::cannot_tell, "the ledger was not read", ask_again()};
    if (!input_.round) return StoryEnding{Ending::has_none, "event " + input_.event + " has no round", "coupon-reset opens a round"};
    if (fate_ && fate_->row) return StoryEnding{Ending::has_coupon, "has the coupon of slot " + fate_->row->text(), ""};
    if (round == nullptr)
        return StoryEnding{Ending::cannot_tell, "round " + input_.round->text() + " is unknown to the ledger", no_such_round_hint};
    if (round->state == RoundState::purged) {
        return StoryEnding{Ending::cannot_tell,
                           "the coupons of round " + round->round.text() + " were deleted (coupon-reset --purge-ledger)",
                           "ask a copy of the database from before, with --mysql"};
    }
    if (fate_ && fate_->failed != nullptr) return from_failed_event();
    if (round->state == RoundState::abandoned)
        return StoryEnding{Ending::has_none, "round " + round->round.text() + " was given up by a forced reset", later_round};
    return std::nullopt;
}

/// Only who was told granted, or holds a claim, was promised anything.
StoryEnding Concluding::from_failed_event() const {
    const auto slot = fate_->claim ? fate_->claim : promised_slot();
    const auto why = "the record cannot be issued: " + escape(fate_->failed->reason);
    const bool is_void = slot && evidence_.is_void(fate_->user, *slot);
    const auto& dismissed = fate_->failed->dismissed_why;
    const std::string hint = dismissed ? "an operator dismissed it (" + escape(*dismissed) + "): " + later_round
                             : is_void ? void_hint
                                       : failed_hint;
    if (!slot) return {Ending::has_none, why, hint};
    return {Ending::broken, "promise broken: slot " + slot->text() + " was granted, but " + why, hint};
}

StoryEnding Concluding::from_older_round() const {
    const auto round = input_.round->text();
    if (const auto slot = promised_slot()) {
        return {Ending::broken, "promise broken: was told granted slot " + slot->text() + ", but has no coupon of round " + round,
                "none repairs a round that is over; give this user a coupon of a later round"};
    }
    return {Ending::has_none, "has no coupon of round " + round + ", which is over", later_round};
}

/// The claim stood, confirmed, before anything was read, so its record was on the topic before that was read.
bool Concluding::had_claim_before(Slot slot) const {
    if (evidence_.is_complete()) return true;
    return look_.claim_before && look_.claim_before->slot == slot && input_.motion && input_.motion->before.after.outbox == 0;
}

StoryEnding Concluding::from_claim(Slot slot) const {
    if (!seen(Where::outbox).empty()) {
        return {Ending::on_its_way, "slot " + slot.text() + " is claimed; its record is not known to be on the topic",
                "run coupon-consume, which publishes it again; so does the user by asking again"};
    }
    if (const auto waiting = waiting_record()) return on_its_way(*waiting);
    if (!input_.topic_log) {
        return {Ending::cannot_tell, "slot " + slot.text() + " is claimed; the topic was not read, so its record may wait there",
                ask_again()};
    }
    if (evidence_.may_come_to_row(*fate_)) return from_old_database(slot);
    const auto granted = "promise broken: slot " + slot.text() + " was granted, but no coupon exists, ";
    for (const auto one : seen(Where::record)) {
        const auto record = evidence_.records()[one];
        if (!speaks_for_its_user(record) || record.issue()->grant.slot != slot || !evidence_.is_settled(record.at())) continue;
        return {Ending::broken, granted + "although record " + place_of(record.at()) + " was read", recover_hint};
    }
    if (had_claim_before(slot)) {
        return {Ending::broken,
                granted + (evidence_.topic_is_whole() ? "and no record of it is on the topic" : "and " + gone_from_topic(evidence_)),
                recover_hint};
    }
    return {Ending::on_its_way, "slot " + slot.text() + " is claimed; its record was not seen yet",
            std::string("ask again in a few seconds; if this stays, ") + recover_hint};
}

/// Told granted, and the gate remembers no claim. It may have been told after the claims were listed; then the later question finds it.
StoryEnding Concluding::from_promise(Slot slot) const {
    if (!look_.asked_gate || look_.claim) {
        return {Ending::on_its_way, "was told granted slot " + slot.text() + "; the claim is newer than what was read",
                "ask again in a few seconds"};
    }
    if (evidence_.may_come_to_row(*fate_)) return from_old_database(slot);
    return {Ending::broken, "promise broken: was told granted slot " + slot.text() + ", but neither claim nor coupon exists",
            evidence_.is_void(fate_->user, slot) ? void_hint
            : evidence_.has_record(*fate_, slot) ? gate_hint
                                                 : "no store knows of the claim: give this user a coupon of a later round"};
}

/// A refusal leaves no trace but in a history.
std::string Concluding::seen_nowhere() const {
    if (fate_ && fate_->applied) return "has no claim";
    if (!seen(Where::record).empty()) return "the claim was lost with the gate's memory before it was promised";
    const auto round = " in round " + input_.round->text();
    return (input_.topic_log ? "no claim, record or coupon" + round : "no claim or coupon" + round + ", and the topic was not read") +
           (evidence_.histories().empty() ? " (a refusal is recorded only in a history, and none was given)"
                                          : " (and in none of the histories given)");
}

StoryEnding Concluding::without_claim() const {
    if (evidence_.gate() == nullptr && input_.gate)
        return {Ending::cannot_tell, "the gate holds round " + input_.gate->fields.round.text(), other_round_hint};
    if (evidence_.gate() == nullptr) return {Ending::cannot_tell, "the gate of the round was not read", ask_again()};
    if (!evidence_.gate_remembers()) return {Ending::cannot_tell, "the gate is not armed, so claims may be missing", arm_hint};
    const auto& fields = evidence_.gate()->fields;
    const auto now = evidence_.gate()->now;
    const auto standing = seen_nowhere();
    if (fields.granted >= fields.limit.value())
        return {Ending::has_none, standing, "none: all " + fields.limit.text() + " coupons are taken; " + later_round};
    if (fields.window.closes_at && now >= *fields.window.closes_at)
        return {Ending::has_none, standing, "none: the round ended at " + rfc3339(*fields.window.closes_at) + "; " + later_round};
    if (fields.door != GateDoor::open)
        return {Ending::has_none, standing, "the event is closed; after coupon-reset --reopen this user can apply"};
    if (fields.window.opens_at && now < *fields.window.opens_at)
        return {Ending::has_none, standing, "apply from " + rfc3339(*fields.window.opens_at) + " on"};
    return {Ending::has_none, standing,
            "apply: " + std::to_string(fields.limit.value() - fields.granted) + " of " + fields.limit.text() + " coupons are left"};
}

} // namespace

StoryEnding ending_of(const Evidence& evidence, const std::optional<Fate>& fate, const CloserLook& look) {
    return Concluding(evidence, fate, look).conclude();
}

std::string gone_from_topic(const Evidence& evidence) {
    for (const auto& one : evidence.input().topic_log->partitions) {
        const auto purged = evidence.input().ledger ? evidence.input().ledger->purged_to : std::map<std::int32_t, std::int64_t>();
        const auto up_to = stored_offset(purged, one);
        if (one.low <= up_to) continue;
        return "records were deleted from the topic: partition " + std::to_string(one.partition) + " begins at " + std::to_string(one.low) +
               ", resets purged up to " + std::to_string(up_to);
    }
    return "the ledger that knows what was purged was not read";
}

} // namespace coupon
