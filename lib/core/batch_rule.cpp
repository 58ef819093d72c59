#include "core/batch_rule.hpp"

#include <cassert>
#include <utility>
#include <variant>

namespace coupon {

void KnownRows::add(Round round, Slot slot, UserId user) {
    slot_of.emplace(std::pair(round, user), slot);
    user_of.emplace(std::pair(round, slot), user);
}

namespace {

template <class Key, class Value>
std::optional<Value> found(const std::map<Key, Value>& known, const Key& key) {
    const auto it = known.find(key);
    return it == known.end() ? std::nullopt : std::optional(it->second);
}

} // namespace

ReadRecord read_record(const SourceRecord& source) {
    return read_record(source.at, decode(source.raw));
}

ReadRecord read_record(const SourcePosition& at, const DecodedRecord& decoded) {
    if (const auto* record = std::get_if<IssueRecord>(&decoded)) return {at, *record, record->grant.user, {}};
    const auto& undecodable = std::get<Undecodable>(decoded);
    return {at, std::nullopt, undecodable.user, undecodable.reason, undecodable.kind};
}

std::vector<ReadRecord> read_batch(std::span<const SourceRecord> batch) {
    std::vector<ReadRecord> read;
    read.reserve(batch.size());
    for (const auto& source : batch)
        read.push_back(read_record(source));
    return read;
}

std::set<Round> rounds_in(const std::vector<ReadRecord>& batch, const std::string& event) {
    std::set<Round> rounds;
    for (const auto& read : batch) {
        if (read.record && read.record->event == event) rounds.insert(read.record->grant.round);
    }
    return rounds;
}

Admitted admit_read(const ReadRecord& read, const std::string& event, const KnownRows& known) {
    if (!read.record) return {Admission::failed, read.kind, read.problem};
    if (read.record->event != event) {
        return {Admission::failed, FailedKind::foreign_event,
                "it belongs to event " + read.record->event + ", not to event " + event + "; --retry-failed issues it for neither"};
    }
    const Round round = read.record->grant.round;
    const auto row = known.rounds.find(round);
    const auto fences = known.fences.find(round);
    static const std::vector<Fence> no_fences;
    return admit(*read.record, read.at, row == known.rounds.end() ? nullptr : &row->second,
                 fences == known.fences.end() ? no_fences : fences->second);
}

std::optional<Settlement> unless_admitted(const ReadRecord& read, const std::string& event, const KnownRows& known) {
    const auto admitted = admit_read(read, event, known);
    switch (admitted.admission) {
    case Admission::failed: return Settlement{RecordClass::failed, admitted.kind, admitted.reason};
    case Admission::stale: return Settlement{RecordClass::stale, {}, {}};
    case Admission::fenced: return Settlement{RecordClass::fenced, {}, {}};
    case Admission::issue: break;
    }
    return std::nullopt;
}

Settlement judge(const ReadRecord& read, const std::string& event, KnownRows& known) {
    if (auto settled = unless_admitted(read, event, known)) return *settled;
    const auto& grant = read.record->grant;
    auto settlement =
        settle(grant, found(known.slot_of, std::pair(grant.round, grant.user)), found(known.user_of, std::pair(grant.round, grant.slot)));
    if (settlement.becomes == RecordClass::issued) known.add(grant.round, grant.slot, grant.user);
    return settlement;
}

Status unless_fenced(const std::map<Round, Epoch>& seen, const KnownRows& known) {
    for (const auto& [round, epoch] : seen) {
        const auto row = known.rounds.find(round);
        if (row != known.rounds.end() && row->second.epoch != epoch) {
            return Fault{FaultKind::conflict,
                         "round " + round.text() + " is in epoch " + row->second.epoch.text() + " by now, not in " + epoch.text(),
                         {}};
        }
    }
    return Done{};
}

std::map<Round, Epoch> epochs_reached(const std::vector<ReadRecord>& batch, const std::string& event, const KnownRows& known) {
    std::map<Round, Epoch> reached;
    for (const auto& [round, row] : known.rounds)
        reached.emplace(round, row.epoch);
    for (const auto& read : batch) {
        if (!read.record || read.record->event != event) continue;
        const auto& grant = read.record->grant;
        const auto row = known.rounds.find(grant.round);
        // Most records are of the row's own epoch: the signature of the others alone is worked out here.
        if (row == known.rounds.end() || !row->second.key || grant.epoch <= reached.at(grant.round)) continue;
        if (is_signed(*read.record, *row->second.key)) reached.at(grant.round) = grant.epoch;
    }
    return reached;
}

Fault ledger_lost_an_arming(const RoundRow& row, Epoch met) {
    return {FaultKind::refused,
            "round " + row.round.text() + " was in epoch " + met.text() + ", and the ledger says " + row.epoch.text() +
                ": the ledger lost an arming",
            "a running coupon-consume arms the gate above both"};
}

bool is_issued(const Settlement& settlement) {
    return settlement.becomes == RecordClass::issued || settlement.becomes == RecordClass::already_issued;
}

std::string why_not_issued(const Settlement& settlement) {
    switch (settlement.becomes) {
    case RecordClass::stale: return "its round was abandoned or purged";
    case RecordClass::fenced: return "it reached the topic after its epoch had ended";
    case RecordClass::failed: return settlement.reason;
    case RecordClass::issued:
    case RecordClass::already_issued: break;
    }
    assert(false);
    return {};
}

void note_try(FailedEvent& failed, const Settlement& settlement) {
    failed.attempts += 1;
    failed.resolved = is_issued(settlement);
    if (failed.resolved) return;
    failed.reason = why_not_issued(settlement);
    if (settlement.becomes == RecordClass::failed) failed.kind = settlement.kind;
}

FailedRecord failed_record_of(const std::string& topic, const ReadRecord& read, const SourceRecord& source, const Settlement& settlement) {
    assert(settlement.becomes == RecordClass::failed);
    FailedEvent failed;
    failed.topic = topic;
    failed.at = read.at;
    if (read.record) {
        failed.event = read.record->event;
        failed.round = read.record->grant.round;
    }
    failed.user = read.user;
    failed.kind = settlement.kind;
    failed.reason = settlement.reason;
    failed.mark = mark_of(source);
    return {std::move(failed), shortened(source.raw)};
}

} // namespace coupon
