#include "audit/trail.hpp"

#include "core/escape.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr std::size_t shown_of_a_kind = 3;

/// Steps of a trail; of many of a kind only the first few are spelled out.
class Steps {
public:
    void add(const std::string& step) {
        text_ += text_.empty() ? "" : " -> ";
        text_ += step;
    }
    void add_some(const std::vector<std::string>& steps) {
        const auto shown = std::min(steps.size(), shown_of_a_kind);
        for (std::size_t i = 0; i < shown; ++i)
            add(steps[i]);
        if (shown < steps.size()) text_ += " and " + std::to_string(steps.size() - shown) + " more";
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// Each different answer once, with how often it was given.
std::vector<std::string> answers(const Fate& fate, const Evidence& evidence) {
    std::vector<std::string> texts;
    std::vector<std::int64_t> times;
    for (const auto told : fate.seen(Where::told)) {
        const auto entry = evidence.applications()[told];
        std::string text = entry.answer_ns ? std::string("told ") + name_of(entry.answer) : std::string("told nothing");
        if (entry.slot) text += " slot " + entry.slot->text();
        const auto known = std::find(texts.begin(), texts.end(), text);
        if (known != texts.end()) {
            ++times[static_cast<std::size_t>(known - texts.begin())];
        } else {
            texts.push_back(std::move(text));
            times.push_back(1);
        }
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (times[i] > 1) texts[i] += " (" + std::to_string(times[i]) + " times)";
    }
    return texts;
}

std::string record_step(const ClassedRecord& record) {
    std::string text = "record " + place_of(record.at());
    if (record.issue() == nullptr) return text + " (unreadable: " + std::string(record.why) + ")";
    text += " slot " + record.issue()->grant.slot.text();
    if (!record.becomes) return text + " (not issued: " + std::string(record.why) + ")";
    switch (*record.becomes) {
    case RecordClass::issued: return text;
    case RecordClass::already_issued: return text + " (once more)";
    case RecordClass::stale: return text + " (stale)";
    case RecordClass::fenced: return text + " (fenced, epoch " + record.issue()->grant.epoch.text() + ")";
    case RecordClass::failed: return text + " (failed)";
    }
    return text;
}

void add_gate(Steps& steps, const Fate& fate, const Evidence& evidence) {
    if (evidence.gate() == nullptr) return;
    const bool pending = !fate.seen(Where::outbox).empty();
    for (const auto claim : fate.seen(Where::claim))
        steps.add("claim slot " + evidence.gate()->claims[claim].slot.text() + (pending ? " (pending)" : ""));
    if (!fate.claim) steps.add(pending ? "no claim, but an entry in the outbox" : "no claim");
}

void add_topic(Steps& steps, const Fate& fate, const Evidence& evidence) {
    if (!evidence.input().topic_log) return;
    std::vector<std::string> records;
    for (const auto seen : fate.seen(Where::record))
        records.push_back(record_step(evidence.records()[seen]));
    if (records.empty()) records.emplace_back(evidence.topic_is_whole() ? "no record" : "no record (some were deleted)");
    steps.add_some(records);
}

void add_ledger(Steps& steps, const Fate& fate, const Evidence& evidence) {
    if (!evidence.input().ledger) return;
    const auto& ledger = *evidence.input().ledger;
    std::vector<std::string> failed;
    for (const auto seen : fate.seen(Where::failed_event)) {
        const auto& event = ledger.failed[seen];
        std::string text = "failed event " + place_of(event.at);
        if (event.resolved) {
            text += " (resolved)";
        } else {
            text += ": " + escape(event.reason);
            if (event.dismissed_why) text += " (dismissed: " + escape(*event.dismissed_why) + ")";
        }
        failed.push_back(std::move(text));
    }
    steps.add_some(failed);
    if (fate.was_abandoned) steps.add("given up by a forced reset");
    for (const auto& claim : ledger.void_claims) {
        if (claim.user == fate.user) steps.add("claim of slot " + claim.slot.text() + " void since epoch " + claim.epoch.text());
    }
    for (const auto row : fate.seen(Where::row))
        steps.add("row slot " + ledger.coupons[row].slot.text());
    if (!fate.row) steps.add("no row");
}

/// The slots this user was given by anybody.
std::vector<Slot> slots_of(const Fate& fate, const Evidence& evidence) {
    std::vector<Slot> slots;
    for (const auto told : fate.seen(Where::told)) {
        const auto entry = evidence.applications()[told];
        if (entry.answer == Answer::granted) slots.push_back(*entry.slot);
    }
    if (fate.claim) slots.push_back(*fate.claim);
    if (fate.row) slots.push_back(*fate.row);
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    return slots;
}

/// Who else has a slot of this user.
std::string rivals(const Fate& fate, const Evidence& evidence) {
    std::string text;
    for (const auto slot : slots_of(fate, evidence)) {
        const auto row = evidence.row_holder(slot);
        const auto claim = evidence.claim_holder(slot);
        if (row && *row != fate.user) text += "; slot " + slot.text() + " has a row of user " + row->text();
        if (claim && *claim != fate.user) text += "; slot " + slot.text() + " has a claim of user " + claim->text();
    }
    return text;
}

} // namespace

std::string place_of(const SourcePosition& at) {
    return std::to_string(at.partition) + "@" + std::to_string(at.offset);
}

std::string trail_of(const Fate& fate, const Evidence& evidence) {
    Steps steps;
    steps.add_some(answers(fate, evidence));
    if (!fate.applied && !evidence.histories().empty()) steps.add("in none of the histories given");
    add_gate(steps, fate, evidence);
    add_topic(steps, fate, evidence);
    add_ledger(steps, fate, evidence);
    return steps.text() + rivals(fate, evidence);
}

} // namespace coupon
