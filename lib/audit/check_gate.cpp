#include "audit/checks.hpp"

#include "audit/checking.hpp"

#include <algorithm>
#include <vector>

namespace coupon {

namespace {

/// What the gate says about itself: fields it lost, counters that disagree.
std::vector<std::string> contradictions(const GateSnapshot& gate) {
    auto sentences = gate.defects;
    const auto counters = counters_disagree(gate.fields, gate.claims_size, gate.outbox_size);
    if (!counters.empty() && std::find(sentences.begin(), sentences.end(), counters) == sentences.end()) sentences.push_back(counters);
    return sentences;
}

void compare_outbox(Checking& check, const Evidence& evidence) {
    Concerned without_claim;
    Concerned other_slot;
    for (const auto& pending : evidence.gate()->outbox) {
        const auto fate = evidence.fate_of(pending.user);
        if (!fate || !fate->claim) {
            without_claim.add(pending.user);
        } else if (*fate->claim != pending.slot) {
            other_slot.add(pending.user, "the outbox says slot " + pending.slot.text());
        }
    }
    check.violated("outbox entry without a claim", without_claim, gate_hint);
    check.violated("outbox entry with another slot than the claim", other_slot, gate_hint);
}

void compare_free_slots(Checking& check, const GateSnapshot& gate) {
    std::vector<Slot> taken;
    taken.reserve(gate.claims.size());
    for (const auto& claim : gate.claims)
        taken.push_back(claim.slot);
    const auto holes = SlotRanges::holes_in(std::move(taken));
    if (holes == gate.fields.free) return;
    const auto named = [](const SlotRanges& ranges) { return ranges.empty() ? std::string("none") : ranges.text(); };
    check.violated("the gate says the free slots below its highest claim are " + named(gate.fields.free) + ", but they are " + named(holes),
                   gate_hint);
}

void miss_earlier_claims(Checking& check, const GateSnapshot& gate, const QuiescenceLook& before) {
    if (!gate.defects.empty() || static_cast<std::int64_t>(gate.claims.size()) >= before.after.granted) return;
    check.violated("the gate had " + std::to_string(before.after.granted) + " claims before it was read, but " +
                       std::to_string(gate.claims.size()) + " could be read",
                   gate_hint);
}

} // namespace

Check check_gate(const Evidence& evidence) {
    const auto& input = evidence.input();
    if (input.is_older_round) return not_checked("gate", older_round);
    Checking check("gate", evidence);
    if (!input.gate) {
        check.cannot_tell("the gate was not read",
                          "follow the hint of \"stores\"; where the gate is lost, run coupon-consume, which makes it again");
        return check.done();
    }
    const auto& gate = *input.gate;
    check.examined("granted " + std::to_string(gate.fields.granted) + ", published " + std::to_string(gate.fields.published));
    check.examined(counted(gate.claims.size(), "claim") + ", " + counted(gate.outbox.size(), "pending claim"));
    for (const auto& sentence : contradictions(gate))
        check.violated(sentence, gate_hint);
    if (evidence.gate() == nullptr) return check.done();
    if (const auto* row = evidence.round_row(); row != nullptr && row->limit != gate.fields.limit) {
        check.violated("the gate's limit is " + gate.fields.limit.text() + ", the ledger's " + row->limit.text(), gate_hint);
    }
    // Also while the gate is not armed: claim and entry are written by one script, so no loss takes one without the other.
    compare_outbox(check, evidence);
    // Lists are read in pieces: while things move they may be longer or shorter than the fields say. But what was there before is in them.
    if (!evidence.is_complete()) {
        if (evidence.is_one_epoch()) miss_earlier_claims(check, gate, evidence.input().motion->before);
        return check.done();
    }
    const bool lists_all = gate.defects.empty() && gate.claims_size == static_cast<std::int64_t>(gate.claims.size());
    if (gate.defects.empty() && !lists_all) {
        check.violated("the gate says it holds " + std::to_string(gate.claims_size) + " claims but " + std::to_string(gate.claims.size()) +
                           " could be read",
                       gate_hint);
    }
    if (lists_all) compare_free_slots(check, gate);
    return check.done();
}

Check check_gate_memory(const Evidence& evidence) {
    if (evidence.input().is_older_round) return not_checked("gate memory", older_round);
    Checking check("gate memory", evidence);
    if (!evidence.gate_remembers() || !evidence.has_rows()) {
        check.cannot_tell("the gate's memory could not be compared",
                          evidence.gate() != nullptr && evidence.has_rows() ? arm_hint : unread_hint);
        return check.done();
    }
    Concerned in_ledger;
    for (const auto& row : evidence.input().ledger->coupons) {
        if (!evidence.claim_holders().first(row.slot)) in_ledger.add(row.user, "the gate does not know slot " + row.slot.text());
    }
    Concerned on_topic;
    std::size_t records = 0;
    for (std::size_t i = 0; i < evidence.records().size(); ++i) {
        const auto user = evidence.records().user_of(i);
        if (!user || !speaks_for_its_user(evidence.records().judged(i))) continue;
        ++records;
        const Slot slot = evidence.records().grant(i).slot;
        if (!evidence.claim_holders().first(slot)) on_topic.add(*user, "the gate does not know slot " + slot.text());
    }
    check.examined(counted(evidence.input().ledger->coupons.size(), "row") + " and " + counted(records, "record") + " looked up in " +
                   counted(evidence.gate()->claims.size(), "claim"));
    check.violated("slot of the ledger unknown to the gate", in_ledger, gate_hint);
    // A fence written while the topic was read would make this record fenced; within one epoch there is none.
    if (evidence.is_one_epoch()) check.violated("slot of the topic unknown to the gate", on_topic, gate_hint);
    return check.done();
}

} // namespace coupon
