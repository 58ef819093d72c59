#include "core/batch_rule.hpp"

#include <cassert>
#include <variant>

namespace coupon {

void KnownRows::add(Round round, Slot slot, UserId user) {
    slot_of.emplace(std::pair(round, user), slot);
    user_of.emplace(std::pair(round, slot), user);
}

namespace {

std::string too_new(const NewerFormat& newer) {
    return "format version " + std::to_string(newer.version) + " is newer than " + std::to_string(record_version) +
           ", the newest this build knows";
}

std::string place(const SourcePosition& at) {
    return "partition " + std::to_string(at.partition) + ", offset " + std::to_string(at.offset);
}

template <class Key, class Value>
std::optional<Value> found(const std::map<Key, Value>& known, const Key& key) {
    const auto it = known.find(key);
    return it == known.end() ? std::nullopt : std::optional(it->second);
}

} // namespace

ReadRecord read_record(const SourceRecord& source) {
    auto decoded = decode(source.raw);
    if (auto* record = std::get_if<IssueRecord>(&decoded)) return {source.at, *record, record->grant.user, {}};
    if (const auto* newer = std::get_if<NewerFormat>(&decoded)) return {source.at, std::nullopt, std::nullopt, too_new(*newer)};
    const auto& undecodable = std::get<Undecodable>(decoded);
    return {source.at, std::nullopt, undecodable.user, undecodable.reason};
}

Result<std::vector<ReadRecord>> read_batch(std::span<const SourceRecord> batch) {
    std::vector<ReadRecord> read;
    read.reserve(batch.size());
    for (const auto& source : batch) {
        const auto decoded = decode(source.raw);
        if (const auto* newer = std::get_if<NewerFormat>(&decoded)) {
            return Fault{FaultKind::unsupported, "the record at " + place(source.at) + ": " + too_new(*newer),
                         "install the release that wrote it"};
        }
        read.push_back(read_record(source));
    }
    return read;
}

std::set<std::string> other_events(const std::vector<ReadRecord>& batch, const std::string& event) {
    std::set<std::string> others;
    for (const auto& read : batch) {
        if (read.record && read.record->event != event) others.insert(read.record->event);
    }
    return others;
}

Fault record_of_another(const std::string& other, const std::string& event) {
    return {FaultKind::unsupported, "the topic holds records of event " + other + ", this worker is of event " + event,
            "start it with --event " + other + ", or give each event a topic and a group of its own"};
}

std::set<Round> rounds_in(const std::vector<ReadRecord>& batch, const std::string& event) {
    std::set<Round> rounds;
    for (const auto& read : batch) {
        if (read.record && read.record->event == event) rounds.insert(read.record->grant.round);
    }
    return rounds;
}

Admitted admit_read(const ReadRecord& read, const std::string& event, const KnownRows& known) {
    if (!read.record) return {Admission::failed, read.problem};
    if (read.record->event != event) return {Admission::failed, "event " + read.record->event + " is unknown"};
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
    case Admission::failed: return Settlement{RecordClass::failed, admitted.reason};
    case Admission::stale: return Settlement{RecordClass::stale, {}};
    case Admission::fenced: return Settlement{RecordClass::fenced, {}};
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
                         "the gate was armed again; look again"};
        }
    }
    return Done{};
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

FailedEvent failed_event_of(const std::string& topic, const ReadRecord& read, const RawRecord& raw, const std::string& reason) {
    FailedEvent failed;
    failed.topic = topic;
    failed.at = read.at;
    if (read.record) {
        failed.event = read.record->event;
        failed.round = read.record->grant.round;
    }
    failed.user = read.user;
    failed.reason = reason;
    failed.raw = raw;
    return failed;
}

} // namespace coupon
