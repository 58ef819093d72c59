#include "audit/story.hpp"

#include "audit/evidence.hpp"
#include "audit/story_ending.hpp"
#include "audit/trail.hpp"
#include "core/escape.hpp"
#include "core/rfc3339.hpp"

#include <algorithm>
#include <chrono>

namespace coupon {

namespace {

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
        for (const auto& fault : input_.unreadable)
            add("stores", fault.message);
        if (input_.round) {
            add_history();
            if (!input_.is_older_round) {
                add_gate();
                add_topic();
            }
            add_ledger();
        }
        auto [ending, standing, next] = ending_of(evidence_, fate_, look_);
        story_.ending = ending;
        story_.standing = std::move(standing);
        story_.next = std::move(next);
        return std::move(story_);
    }

private:
    void add(const std::string& place, const std::string& text) { story_.lines.push_back({place, text}); }
    [[nodiscard]] std::span<const Index> seen(Where where) const { return !fate_ ? std::span<const Index>() : fate_->seen(where); }
    void add_history();
    void add_gate();
    void add_topic();
    void add_ledger();

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
        const auto since_start = std::chrono::floor<Milliseconds>(Nanoseconds(entry.invoke_ns - history.head.started_ns));
        add("history", "applied at " + rfc3339(history.head.started_at + since_start) + ", " + answer_text(entry) + " (application " +
                           std::to_string(entry.id) + " of " + escape(history.path) + ")");
    }
    if (seen(Where::told).empty()) add("history", "in none of the histories given");
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
    if (!seen(Where::record).empty()) return;
    add("topic", evidence_.topic_is_whole() ? "no record" : "no record; " + gone_from_topic(evidence_));
}

void Telling::add_ledger() {
    if (!input_.ledger) return add("ledger", "it was not read");
    for (const auto index : seen(Where::failed_event)) {
        const auto& event = input_.ledger->failed[index];
        add("ledger", "failed event of record " + place_of(event.at) + ", tried " + std::to_string(event.attempts) +
                          (event.attempts == 1 ? " time: " : " times: ") + escape(event.reason) +
                          (event.resolved ? " (issued since)" : "") +
                          (event.dismissed_why ? " (dismissed: " + escape(*event.dismissed_why) + ")" : ""));
    }
    if (fate_ && fate_->was_abandoned) add("ledger", "given up by a forced reset");
    for (const auto& claim : input_.ledger->void_claims) {
        if (claim.user == look_.user) add("ledger", "found void in epoch " + claim.epoch.text() + ": " + text_of(claim));
    }
    for (const auto index : seen(Where::row)) {
        const auto slot = input_.ledger->coupons[index].slot;
        const auto dated = std::ranges::find(look_.coupons, slot, &DatedCoupon::slot);
        add("ledger", "coupon of slot " + slot.text() + (dated == look_.coupons.end() ? "" : ", issued at " + rfc3339(dated->issued_at)));
    }
    if (seen(Where::row).empty()) add("ledger", "no coupon");
}

} // namespace

const char* name_of(Story::Ending ending) {
    switch (ending) {
    case Story::Ending::has_coupon: return "has_coupon";
    case Story::Ending::on_its_way: return "on_its_way";
    case Story::Ending::has_none: return "has_none";
    case Story::Ending::broken: return "broken";
    case Story::Ending::cannot_tell: return "cannot_tell";
    }
    return "cannot_tell";
}

Story story_of(const AuditInput& input, const CloserLook& look) {
    return Telling(input, look).tell();
}

} // namespace coupon
