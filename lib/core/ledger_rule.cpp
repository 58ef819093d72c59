#include "core/ledger_rule.hpp"

#include <algorithm>

namespace coupon {

const char* name_of(RecordClass value) {
    switch (value) {
    case RecordClass::issued: return "issued";
    case RecordClass::already_issued: return "already_issued";
    case RecordClass::stale: return "stale";
    case RecordClass::fenced: return "fenced";
    case RecordClass::failed: return "failed";
    }
    return "failed";
}

bool GateHome::lists(const std::string& address) const {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

bool is_fenced(Epoch epoch, const SourcePosition& at, const std::vector<Fence>& fences) {
    std::map<Epoch, std::int64_t> end_of;
    for (const auto& fence : fences) {
        // A fence names every partition there was. One added to the topic later ended at 0 then: no record in it is of an older epoch's
        // time.
        auto& end = end_of[fence.epoch];
        if (fence.partition == at.partition) end = fence.end_offset;
    }
    return std::any_of(end_of.begin(), end_of.end(), [&](const auto& fence) { return epoch < fence.first && at.offset >= fence.second; });
}

Admitted admit(const IssueRecord& record, const SourcePosition& at, const RoundRow* round, const std::vector<Fence>& fences) {
    if (round == nullptr)
        return {Admission::failed, FailedKind::unknown_round,
                "round " + record.grant.round.text() + " of event " + record.event + " is unknown"};
    if (round->key && !is_signed(record, *round->key)) return {Admission::failed, FailedKind::not_signed, not_signed};
    if (record.grant.slot.value() < 1 || record.grant.slot.value() > round->limit.value()) {
        return {Admission::failed, FailedKind::impossible, "slot " + record.grant.slot.text() + " is outside 1.." + round->limit.text()};
    }
    if (record.grant.epoch.value() < 1 || record.grant.epoch > round->epoch) {
        return {Admission::failed, FailedKind::impossible,
                "epoch " + record.grant.epoch.text() + " never was, the round is in epoch " + round->epoch.text()};
    }
    switch (round->state) {
    case RoundState::opening: return {Admission::failed, FailedKind::unknown_round, "round " + round->round.text() + " is not open yet"};
    case RoundState::abandoned:
    case RoundState::purged: return {Admission::stale, {}, {}};
    case RoundState::open:
    case RoundState::closed: break;
    }
    if (is_fenced(record.grant.epoch, at, fences)) return {Admission::fenced, {}, {}};
    return {Admission::issue, {}, {}};
}

Settlement settle(const Grant& grant, const std::optional<Slot>& user_row, const std::optional<UserId>& slot_row) {
    // Either row proves it: the two may have been read one after the other, with another worker's commit in between.
    if (user_row == grant.slot || slot_row == grant.user) return {RecordClass::already_issued, {}, {}};
    if (user_row)
        return {RecordClass::failed, FailedKind::conflict, "user " + grant.user.text() + " has slot " + user_row->text() + " already"};
    if (slot_row) return {RecordClass::failed, FailedKind::conflict, "slot " + grant.slot.text() + " belongs to user " + slot_row->text()};
    return {RecordClass::issued, {}, {}};
}

std::string not_without_the_gate(const Grant& grant, const RoundRow& round) {
    if (grant.epoch >= round.epoch) return {};
    return "the gate was armed again since, epoch " + round.epoch.text() + " after " + grant.epoch.text() +
           ", and may have given the slot away; coupon-consume --recover issues it where the gate still holds the claim";
}

bool may_become(RoundState from, RoundState to) {
    switch (from) {
    case RoundState::opening: return to == RoundState::open;
    case RoundState::open: return to == RoundState::closed;
    case RoundState::closed: return to == RoundState::open || to == RoundState::abandoned || to == RoundState::purged;
    case RoundState::abandoned: return to == RoundState::purged;
    case RoundState::purged: return false;
    }
    return false;
}

} // namespace coupon
