#include "core/story.hpp"

#include "core/escape.hpp"
#include "core/evidence.hpp"
#include "core/rfc3339.hpp"
#include "core/trail.hpp"

#include <algorithm>

namespace coupon {

namespace {

using Ending = Story::Ending;

std::string milliseconds(std::int64_t ns) {
    const auto tenths = ns / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

std::string answer_text(const HistoryEntry& entry) {
    if (!entry.answer_ns) return "no answer was written, so the outcome is unknown";
    std::string text = std::string("told ") + name_of(entry.answer);
    if (entry.slot) text += " slot " + entry.slot->text();
    if (entry.level) text += std::string(" ") + name_of(*entry.level);
    return text + " after " + milliseconds(*entry.answer_ns - entry.invoke_ns);
}

/// The story in the making.
class Telling {
public:
    Telling(const AuditInput& input, const CloserLook& look)
        : input_(input), look_(look), evidence_(input), fate_(evidence_.fate_of(look.user)) {
        story_.user = look.user;
        story_.event = input.event;
        story_.round = input.round;
    }

    Story tell() {
        if (!input_.round) {
            end(input_.ledger ? Ending::has_none : Ending::cannot_tell,
                input_.ledger ? "event " + input_.event + " has no round" : "the rounds of the event were not read",
                input_.ledger ? "coupon-reset opens a round" : look_at_stores());
            return std::move(story_);
        }
        add_history();
        if (!input_.is_older_round) {
            add_gate();
            add_topic();
        }
        add_ledger();
        conclude();
        return std::move(story_);
    }

private:
    void add(const std::string& place, const std::string& text) { story_.lines.push_back({place, text}); }
    void end(Ending ending, const std::string& standing, const std::string& next) {
        story_.ending = ending;
        story_.standing = standing;
        story_.next = next;
    }
    [[nodiscard]] std::span<const Index> seen(Where where) const { return !fate_ ? std::span<const Index>() : fate_->seen(where); }
    [[nodiscard]] std::string look_at_stores() const {
        for (const auto& fault : input_.unreadable) {
            if (!fault.hint.empty()) return fault.message + "; " + fault.hint;
        }
        return "ask again when all three stores answer";
    }

    void add_history();
    void add_gate();
    void add_topic();
    void add_ledger();
    void conclude();
    [[nodiscard]] bool conclude_from_ledger();
    [[nodiscard]] bool conclude_from_claim();
    void conclude_without_claim();

    const AuditInput& input_;
    const CloserLook& look_;
    Evidence evidence_;
    std::optional<Fate> fate_; ///< nullopt: never seen
    Story story_;
};

void Telling::add_history() {
    if (evidence_.histories().empty()) {
        add("history", input_.histories.empty() ? "none was given" : "none of this round was given");
        return;
    }
    for (const auto told : seen(Where::told)) {
        const auto& history = evidence_.applications().history_of(told);
        const auto entry = evidence_.applications()[told];
        add("history", "application " + std::to_string(entry.id) + " of " + escape(history.path) + ", " +
                           milliseconds(entry.invoke_ns - history.entries.front().invoke_ns) + " after its first: " + answer_text(entry));
    }
    if (seen(Where::told).empty()) add("history", "never applied");
}

void Telling::add_gate() {
    if (evidence_.gate() == nullptr) {
        add("gate", input_.gate ? "it holds round " + input_.gate->fields.round.text() : "it was not read");
        return;
    }
    const auto& gate = *evidence_.gate();
    for (const auto index : seen(Where::claim)) {
        const auto slot = gate.claims[index].slot;
        const bool is_known = look_.claim && look_.claim->slot == slot;
        add("gate", "claim of slot " + slot.text() + (is_known ? ", application " + escape(look_.claim->application) : ""));
    }
    for (const auto index : seen(Where::outbox)) {
        const auto& pending = gate.outbox[index];
        add("gate", "pending since " + rfc3339(pending.granted_at) + ": slot " + pending.slot.text() + ", epoch " + pending.epoch.text());
    }
    if (seen(Where::claim).empty()) add("gate", "no claim");
}

void Telling::add_topic() {
    if (!input_.topic_log) return add("topic", "it was not read");
    for (const auto index : seen(Where::record)) {
        const auto record = evidence_.records()[index];
        std::string text = "record " + place_of(record.at());
        if (record.issue() != nullptr) {
            const auto& grant = record.issue()->grant;
            text += ", slot " + grant.slot.text() + ", epoch " + grant.epoch.text() + ", granted at " + rfc3339(grant.granted_at);
        }
        add("topic", text + ": " + (record.becomes ? name_of(*record.becomes) : "not issued") +
                         (record.why.empty() ? "" : ", " + escape(record.why)));
    }
    if (seen(Where::record).empty()) add("topic", evidence_.topic_is_whole() ? "no record" : "no record left");
}

void Telling::add_ledger() {
    if (!input_.ledger) return add("ledger", "it was not read");
    for (const auto index : seen(Where::failed_event)) {
        const auto& event = input_.ledger->failed[index];
        add("ledger", "failed event of record " + place_of(event.at) + ", tried " + std::to_string(event.attempts) +
                          (event.attempts == 1 ? " time: " : " times: ") + escape(event.reason) +
                          (event.resolved ? " (issued since)" : ""));
    }
    if (fate_ && fate_->was_abandoned) add("ledger", "given up by a forced reset");
    for (const auto index : seen(Where::row)) {
        const auto slot = input_.ledger->coupons[index].slot;
        const auto dated = std::ranges::find(look_.coupons, slot, &DatedCoupon::slot);
        add("ledger", "coupon of slot " + slot.text() + (dated == look_.coupons.end() ? "" : ", issued at " + rfc3339(dated->issued_at)));
    }
    if (seen(Where::row).empty()) add("ledger", "no coupon");
}

bool Telling::conclude_from_ledger() {
    const auto* round = evidence_.round_row();
    if (fate_ && fate_->row) {
        end(Ending::has_coupon, "has the coupon of slot " + fate_->row->text(), "");
        return true;
    }
    if (!input_.ledger) {
        end(Ending::cannot_tell, "the ledger was not read", look_at_stores());
        return true;
    }
    if (round == nullptr) {
        end(Ending::cannot_tell, "round " + input_.round->text() + " is unknown to the ledger", "name a round that was opened");
        return true;
    }
    if (round->state == RoundState::purged) {
        end(Ending::cannot_tell, "the coupons of round " + round->round.text() + " were purged", "ask before coupons are purged");
        return true;
    }
    if (fate_ && fate_->failed != nullptr) {
        end(Ending::has_none, "the record cannot be issued: " + escape(fate_->failed->reason),
            "mend the cause, then run coupon-consume --retry-failed");
        return true;
    }
    if (round->state == RoundState::abandoned) {
        end(Ending::has_none, "round " + round->round.text() + " was given up by a forced reset", "apply in a later round");
        return true;
    }
    return false;
}

bool Telling::conclude_from_claim() {
    const auto records = seen(Where::record);
    const auto waiting = std::find_if(records.begin(), records.end(), [&](Index one) {
        const auto record = evidence_.records()[one];
        return speaks_for_its_user(record) && evidence_.is_unread(record.at());
    });
    if (!seen(Where::outbox).empty()) {
        end(Ending::on_its_way, "a slot is claimed; its record is not known to be on the topic",
            "a running coupon-consume publishes it again; the user asking again does the same");
        return true;
    }
    if (waiting != records.end()) {
        end(Ending::on_its_way, "record " + place_of(evidence_.records()[*waiting].at()) + " waits for a worker",
            "a running coupon-consume issues it");
        return true;
    }
    if (fate_ && fate_->claim) {
        end(Ending::on_its_way, "slot " + fate_->claim->text() + " is claimed, and no record of it is left to be issued",
            "a running coupon-consume publishes it again once it has read the topic to its end");
        return true;
    }
    return false;
}

void Telling::conclude_without_claim() {
    if (evidence_.gate() == nullptr) return end(Ending::cannot_tell, "the gate of the round was not read", look_at_stores());
    if (!evidence_.gate_remembers())
        return end(Ending::cannot_tell, "the gate is not armed, so claims may be missing", "a running coupon-consume arms it");
    const auto& fields = evidence_.gate()->fields;
    const bool is_sold_out = fields.granted >= fields.limit.value();
    const bool is_over = fields.door != GateDoor::open || (fields.window.closes_at && evidence_.gate()->now >= *fields.window.closes_at);
    const std::string standing = seen(Where::record).empty() ? (!fate_ || !fate_->applied ? "was never seen in this round" : "has no claim")
                                                             : "the claim was lost with the gate's memory, and nobody was promised it";
    if (is_sold_out)
        return end(Ending::has_none, standing, "nothing: all " + fields.limit.text() + " slots are taken; apply in a later round");
    if (is_over) return end(Ending::has_none, standing, "the event would have to be open again (coupon-reset --reopen), then apply");
    if (fields.window.opens_at && evidence_.gate()->now < *fields.window.opens_at)
        return end(Ending::has_none, standing, "apply from " + rfc3339(*fields.window.opens_at) + " on");
    end(Ending::has_none, standing,
        "apply: " + std::to_string(fields.limit.value() - fields.granted) + " of " + fields.limit.text() + " slots are free");
}

void Telling::conclude() {
    if (conclude_from_ledger()) return;
    if (input_.is_older_round)
        return end(Ending::has_none, "has no coupon of round " + input_.round->text() + ", which is over", "apply in a later round");
    if (conclude_from_claim()) return;
    conclude_without_claim();
}

} // namespace

const char* name_of(Story::Ending ending) {
    switch (ending) {
    case Story::Ending::has_coupon: return "has_coupon";
    case Story::Ending::on_its_way: return "on_its_way";
    case Story::Ending::has_none: return "has_none";
    case Story::Ending::cannot_tell: return "cannot_tell";
    }
    return "cannot_tell";
}

Story story_of(const AuditInput& input, const CloserLook& look) {
    return Telling(input, look).tell();
}

} // namespace coupon
