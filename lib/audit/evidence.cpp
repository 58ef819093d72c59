#include "audit/evidence.hpp"

#include "core/escape.hpp"
#include "core/gate_standing.hpp"
#include "core/lost_log.hpp"

#include <algorithm>
#include <cassert>

namespace coupon {

namespace {

std::string round_of(const HistoryHead& head) {
    return "round " + head.round.text() + " of event " + escape(head.event, 40);
}

/// One process writes one history, so two files of the same process that begin alike are the same run.
bool same_run(const History& one, const History& other) {
    if (one.head.boot_id != other.head.boot_id || one.head.pid != other.head.pid || one.head.seed != other.head.seed) return false;
    if (one.entries.empty() || other.entries.empty()) return one.entries.empty() && other.entries.empty();
    const auto first = one.entries.front();
    const auto other_first = other.entries.front();
    return first.id == other_first.id && first.invoke_ns == other_first.invoke_ns && first.user == other_first.user;
}

/// Of things that have a slot each.
template <class Things>
SlotHolders holders_in(const Things& things) {
    return {things.size(), [&](std::size_t i) { return std::optional(things[i].slot); }};
}

} // namespace

bool speaks_for_its_user(const JudgedRecord& record) {
    return record.is_issued() || (record.admission == Admission::issue && record.becomes != RecordClass::failed);
}

Evidence::Evidence(const AuditInput& input)
    : input_(input), round_row_(input.round ? find_round(input.ledger, *input.round) : nullptr), records_(input) {
    if (input.gate && input.round && input.gate->fields.round == *input.round) gate_ = &*input.gate;
    sort_out_histories();
    applications_.emplace(histories_);
    fates_.emplace(input, Fates::Sources{*applications_, gate_, records_, input.ledger ? &*input.ledger : nullptr});
    if (input.ledger) row_holders_ = holders_in(input.ledger->coupons);
    if (gate_ != nullptr) claim_holders_ = holders_in(gate_->claims);
    find_out_what_is_shown();
}

void Evidence::find_out_what_is_shown() {
    if (input_.ledger && input_.topic_log) {
        const auto positions = next_offsets(input_.ledger->positions);
        for (const auto& log : input_.topic_log->partitions) {
            // A round was opened when everything up to its purge was settled.
            shown_to_[log.partition] = std::max(stored_offset(positions, log), stored_offset(input_.ledger->purged_to, log));
        }
    }
    ledger_is_current_ = shows_all_settled();
}

std::int64_t Evidence::settled_to(const PartitionLag& log) const {
    return input_.motion ? input_.motion->settled_to(log.partition) : log.committed.value_or(0);
}

bool Evidence::shows_all_settled() const {
    // A newer round was opened when everything of an older one was settled.
    if (input_.is_older_round) return true;
    if (!input_.ledger || !input_.topic_log) return false;
    const auto& logs = input_.topic_log->partitions;
    const bool are_gone = std::any_of(logs.begin(), logs.end(), [this](const PartitionLag& log) {
        // Records that the database does not show may have been among those that are gone.
        return shown_to_.at(log.partition) < std::min(log.low, settled_to(log));
    });
    if (are_gone) return false;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        if (!records_.judged(i).becomes && is_settled(records_[i].at()) && !is_judged(records_[i].at())) return false;
    }
    return true;
}

bool Evidence::is_judged(const SourcePosition& at) const {
    const auto shown = shown_to_.find(at.partition);
    return shown != shown_to_.end() && at.offset < shown->second;
}

bool Evidence::may_come_to_row(const Fate& fate) const {
    if (!input_.topic_log) return false;
    bool has_settled_record = false;
    for (const auto seen : fate.seen(Where::record)) {
        const auto at = records_[seen].at();
        if (records_.judged(seen).admission != Admission::issue || !is_settled(at)) continue;
        if (is_judged(at)) return false;
        has_settled_record = true;
    }
    return has_settled_record || !ledger_is_current_;
}

void Evidence::sort_out_histories() {
    constexpr auto give_each = "give every history of this round once, as coupon-apply or coupon-flood wrote it";
    for (const auto& history : input_.histories) {
        const std::string name = "history " + escape(history.path);
        if (!history.changed.empty()) {
            history_defects_.push_back(
                {name + " was changed after it was written: " + history.changed + "; it was not counted", give_each, false});
            continue;
        }
        if (!history.defects.empty()) history_defects_.push_back({name + ": " + history.defects.front(), give_each, false});
        if (history.head.event.empty()) continue;
        if (history.head.event != input_.event || !input_.round || history.head.round != *input_.round) {
            history_defects_.push_back({name + " is of " + round_of(history.head) + "; it was not counted", give_each, false});
            continue;
        }
        const auto twin = std::find_if(histories_.begin(), histories_.end(), [&](const History* one) { return same_run(*one, history); });
        if (twin != histories_.end()) {
            history_defects_.push_back(
                {name + " is the same run as history " + escape((*twin)->path) + "; it was counted once", give_each, false});
            continue;
        }
        histories_.push_back(&history);
        if (!history.closing && !input_.histories_are_partial) {
            history_defects_.push_back(
                {name + " is incomplete: it has no closing line, so it was cut or its program did not come to its end",
                 "audit again when the program has ended; --histories-are-partial judges what a killed program left", true});
        }
    }
}

std::optional<Limit> Evidence::limit() const {
    if (round_row_ != nullptr) return round_row_->limit;
    if (gate_ != nullptr) return gate_->fields.limit;
    return std::nullopt;
}

bool Evidence::is_complete() const {
    if (!has_rows()) return false;
    return input_.is_older_round || (input_.unreadable.empty() && input_.not_quiescent_because.empty() && gate_remembers());
}

bool Evidence::is_one_epoch() const {
    if (is_complete()) return true;
    if (!input_.motion || !input_.motion->is_one_epoch() || round_row_ == nullptr || !gate_remembers()) return false;
    const auto& last = input_.motion->after.after;
    return last.round == round_row_->round && last.epoch == round_row_->epoch && gate_->fields.epoch == round_row_->epoch;
}

bool Evidence::is_settled(const SourcePosition& at) const {
    return is_complete() || (input_.motion && at.offset < input_.motion->settled_to(at.partition));
}

bool Evidence::may_become_row(const Fate& fate, Slot slot) const {
    if (std::ranges::any_of(fate.seen(Where::outbox), [&](Index one) { return gate_->outbox[one].slot == slot; })) return true;
    return std::ranges::any_of(fate.seen(Where::record), [&](Index one) {
        if (!speaks_for_its_user(records_.judged(one)) || records_.grant(one).slot != slot) return false;
        return !is_settled(records_[one].at());
    });
}

bool Evidence::has_rows() const {
    return input_.ledger && round_row_ != nullptr && round_row_->state != RoundState::purged;
}

bool Evidence::gate_remembers() const {
    if (gate_ == nullptr) return false;
    if (round_row_ == nullptr) return is_armed(gate_->fields, gate_->server);
    // Whether the address is the ledger's was seen as the gate was read.
    return is_the_armed_gate({{}, gate_->fields, gate_->server}, *round_row_);
}

bool Evidence::topic_is_whole() const {
    if (!input_.topic_log || !input_.ledger) return false;
    const auto& partitions = input_.topic_log->partitions;
    return std::all_of(partitions.begin(), partitions.end(),
                       [&](const PartitionLag& one) { return one.low <= stored_offset(input_.ledger->purged_to, one); });
}

bool Evidence::is_unread(const SourcePosition& at) const {
    const auto& partitions = input_.topic_log->partitions;
    const auto lag =
        std::find_if(partitions.begin(), partitions.end(), [&](const PartitionLag& one) { return one.partition == at.partition; });
    return lag == partitions.end() || at.offset >= lag->committed.value_or(0);
}

Fate Evidence::known_fate_of(UserId user) const {
    const auto fate = fate_of(user);
    assert(fate);
    return *fate;
}

bool Evidence::is_void(UserId user, Slot slot) const {
    if (!input_.ledger) return false;
    const auto& claims = input_.ledger->void_claims;
    return std::any_of(claims.begin(), claims.end(), [&](const VoidClaim& one) { return one.user == user && one.slot == slot; });
}

std::optional<UserId> Evidence::row_holder(Slot slot) const {
    const auto row = row_holders_.first(slot);
    return row ? std::optional(input_.ledger->coupons[*row].user) : std::nullopt;
}

std::optional<UserId> Evidence::claim_holder(Slot slot) const {
    const auto claim = claim_holders_.first(slot);
    return claim ? std::optional(gate_->claims[*claim].user) : std::nullopt;
}

bool Evidence::has_row(const Fate& fate, Slot slot) const {
    const auto rows = fate.seen(Where::row);
    return std::any_of(rows.begin(), rows.end(), [&](Index row) { return input_.ledger->coupons[row].slot == slot; });
}

bool Evidence::has_record(const Fate& fate, Slot slot) const {
    const auto seen = fate.seen(Where::record);
    return std::any_of(seen.begin(), seen.end(), [&](Index one) {
        const auto record = records_[one];
        return record.issue() != nullptr && record.issue()->grant.slot == slot &&
               (speaks_for_its_user(record) || record.admission == Admission::issue);
    });
}

} // namespace coupon
