#include "flow/reset/reset_settle.hpp"

#include "core/gate_standing.hpp"
#include "flow/patience.hpp"
#include "flow/quiescent.hpp"
#include "flow/unsettled.hpp"
#include "flow/worker/arming.hpp"

#include <algorithm>
#include <future>

namespace coupon {

namespace {

constexpr Milliseconds look_interval{200};

bool ends_the_wait(FaultKind kind) {
    return kind == FaultKind::unreachable || kind == FaultKind::denied || kind == FaultKind::interrupted || kind == FaultKind::conflict;
}

std::map<std::int32_t, std::int64_t> ends_of(const std::vector<PartitionLag>& partitions) {
    std::map<std::int32_t, std::int64_t> ends;
    for (const auto& one : partitions)
        ends[one.partition] = one.high;
    return ends;
}

/// The partition from the low watermark to the end, without what was surveyed; the whole of a log that is shorter than it was then.
OffsetRange unread(const PartitionLag& partition, const TopicSurvey& survey) {
    const auto seen = survey.ends.find(partition.partition);
    const bool is_longer = seen != survey.ends.end() && seen->second <= partition.high;
    return {partition.partition, is_longer ? std::max(partition.low, seen->second) : partition.low, partition.high};
}

/// Every record of the event that was not surveyed.
Status read_records(const ResetSettings& settings, const ResetPorts& ports, const std::vector<PartitionLag>& partitions,
                    const TopicSurvey& survey, const std::function<void(const Grant&)>& take) {
    std::vector<OffsetRange> ranges;
    std::int64_t records = 0;
    for (const auto& one : partitions) {
        ranges.push_back(unread(one, survey));
        records += ranges.back().to - ranges.back().from;
    }
    return ports.topic.read(
        ranges,
        [&](const SourceRecord& record) {
            const auto decoded = decode(record.raw);
            const auto* issue = std::get_if<IssueRecord>(&decoded);
            if (issue != nullptr && issue->event == settings.event) take(issue->grant);
        },
        ports.world.now() + time_for(records, settings.timeout));
}

Result<Round> read_highest_round(const ResetSettings& settings, const ResetPorts& ports, const std::vector<PartitionLag>& partitions,
                                 const TopicSurvey& survey) {
    auto highest = survey.highest_round;
    const auto read =
        read_records(settings, ports, partitions, survey, [&](const Grant& grant) { highest = higher_round(highest, grant.round); });
    if (!read) return read.fault();
    return highest;
}

/// Why the gate of the old round is not armed; the reason is empty where it is.
struct NotArmed {
    std::string reason;
    SettledBy by = SettledBy::worker;
};

/// The gate of the old round, armed as its row says; where it is not, this reset arms it.
Result<NotArmed> arm_where_needed(const ResetSettings& settings, const ResetPorts& ports, const Resetting& way, const RoundRow& row,
                                  std::vector<std::string>& warnings) {
    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary && is_the_armed_gate({ports.reader.address(), summary->fields, summary->server}, row)) return NotArmed{};
    const auto armed = arm_again(ports.reader, ports.keeper, ports.topic, ports.ledger, ports.world, way.token(), settings.timeout);
    if (armed) warnings.insert(warnings.end(), armed->lost_logs.begin(), armed->lost_logs.end());
    if (armed || armed.fault().kind == FaultKind::conflict) return NotArmed{};
    if (ends_the_wait(armed.fault().kind)) return armed.fault();
    return NotArmed{armed.fault().message, armed.fault().kind == FaultKind::corrupt ? SettledBy::rebuild : SettledBy::worker};
}

/// A gate that another program made again since this reset began is closed and gets this reset's token, as if it had been there: the
/// ledger's owner, compared later, tells whether this reset may still act. Before the look: what it shows must still be so when the next
/// round begins, and an open gate would let users in until then.
Status take_over_new_gate(const ResetSettings& settings, const ResetPorts& ports, const Resetting& way) {
    if (way.seen()) return Done{};
    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind == FaultKind::missing) return Done{};
    if (!summary) return summary.fault();
    if (summary->fields.round != way.old_round()) return Done{};
    if (summary->fields.untold) {
        return Fault{FaultKind::conflict, "the event was closed by coupon-reset --close since this reset began",
                     "it stays closed; run this again to end its round"};
    }
    const auto closed =
        ports.keeper.close({summary->fields.round, summary->fields.token}, way.token(), ports.world.now() + settings.timeout);
    // It changed since it was read: the next look takes it over.
    if (!closed && closed.fault().kind == FaultKind::conflict)
        return Fault{FaultKind::refused, closed.fault().message, closed.fault().hint};
    return closed;
}

Result<std::vector<std::string>> pending_users(const ResetSettings& settings, const ResetPorts& ports) {
    const auto outbox = ports.reader.outbox(ports.world.now() + settings.timeout);
    if (!outbox) return outbox.fault();
    std::vector<UserId> users;
    for (const auto& pending : outbox->entries)
        users.push_back(pending.user);
    std::sort(users.begin(), users.end());
    if (users.empty()) return std::vector<std::string>{};
    return std::vector<std::string>{"pending " + users_named(users)};
}

/// One look; the reasons are empty when the round is settled.
Result<Settled> look_once(const ResetSettings& settings, const ResetPorts& ports, const Resetting& way, const ReadAhead& ahead,
                          std::vector<std::string>& warnings) {
    Settled settled;
    // It has nothing to say before the round is quiescent, but without it the wait is in vain.
    const auto rounds = ports.ledger.rounds(ports.world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty() || rounds->back().round != way.old_round())
        return Fault{FaultKind::conflict, "another reset began a round meanwhile", "run this again"};
    const auto not_armed = arm_where_needed(settings, ports, way, rounds->back(), warnings);
    if (!not_armed) return not_armed.fault();
    if (const auto taken = take_over_new_gate(settings, ports, way); !taken) return taken.fault();
    const auto look =
        look_for_quiescence(ports.reader, {settings.event, rounds->back().topic}, ports.topic, ports.ledger, ports.world, settings.timeout);
    if (!look) {
        if (look.fault().kind != FaultKind::missing) return look.fault();
        settled.reasons.push_back(look.fault().message);
    } else {
        settled.ends = ends_of(look->partitions);
        settled.reasons = not_quiescent_because(*look);
    }
    if (!not_armed->reason.empty()) settled.reasons.push_back(not_armed->reason);
    settled.by = not_armed->by;
    if (!settled.reasons.empty()) return settled;

    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary) return summary.fault();
    settled.reasons = summary->defects;
    settled.by = summary->defects.empty() ? SettledBy::recovery : SettledBy::rebuild;
    // The third of the long readings, next to those of gate and ledger: each is the work of another server.
    auto highest = std::async(std::launch::async, [&] { return read_highest_round(settings, ports, look->partitions, ahead.survey); });
    auto without_row = claims_without_row(ports.reader, ports.ledger, way.old_round(),
                                          ports.world.now() + time_for(2 * summary->claims, settings.timeout), ahead.settled);
    const auto on_topic = highest.get();
    if (!without_row) return without_row.fault();
    if (!on_topic) return on_topic.fault();
    settled.highest_on_topic = *on_topic;
    settled.reasons.insert(settled.reasons.end(), without_row->begin(), without_row->end());
    return settled;
}

} // namespace

Result<Settled> settle(const ResetSettings& settings, const ResetPorts& ports, const Resetting& way, const ReadAhead& ahead,
                       std::vector<std::string>& warnings) {
    const Tick until = ports.world.now() + settings.wait;
    while (true) {
        auto settled = look_once(settings, ports, way, ahead, warnings);
        const bool is_interrupted = !settled && settled.fault().kind == FaultKind::interrupted;
        if (!settled && !is_interrupted && ends_the_wait(settled.fault().kind)) return settled.fault();
        if (settled && settled->reasons.empty()) return settled;
        if (is_interrupted || ports.world.stopping()) {
            return Fault{FaultKind::interrupted, "interrupted while waiting for round " + way.old_round().text() + " to become quiescent",
                         "the gate is closed; run this again"};
        }
        if (ports.world.now() >= until) {
            if (!settled) {
                const bool is_corrupt = settled.fault().kind == FaultKind::corrupt;
                return Settled{{settled.fault().message}, {}, {}, is_corrupt ? SettledBy::rebuild : SettledBy::worker};
            }
            const auto users = pending_users(settings, ports);
            if (users) settled->reasons.insert(settled->reasons.end(), users->begin(), users->end());
            if (!users) settled->reasons.push_back("its users are not known: " + users.fault().message);
            return settled;
        }
        if (ports.waiting) ports.waiting(settled ? settled->reasons : std::vector<std::string>{settled.fault().message});
        ports.world.pause(look_interval);
    }
}

Result<GivenUp> list_given_up(const ResetSettings& settings, const ResetPorts& ports, Round round) {
    GivenUp given_up;
    std::map<UserId, PendingClaim> claims;
    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary && summary->fields.round == round) {
        const auto in_gate = ports.reader.claims(ports.world.now() + time_for(summary->claims, settings.timeout));
        if (!in_gate) return in_gate.fault();
        for (const auto& claim : in_gate->entries)
            claims[claim.user] = {claim.user, claim.slot, summary->now, summary->fields.epoch};
    }
    const auto partitions = ports.topic.partitions(ports.world.now() + settings.timeout);
    if (!partitions) return partitions.fault();
    given_up.ends = ends_of(*partitions);
    const auto read = read_records(settings, ports, *partitions, {}, [&](const Grant& grant) {
        given_up.highest_on_topic = higher_round(given_up.highest_on_topic, grant.round);
        if (grant.round == round) claims.try_emplace(grant.user, PendingClaim{grant.user, grant.slot, grant.granted_at, grant.epoch});
    });
    if (!read) return read.fault();
    for (const auto& [user, claim] : claims)
        given_up.claims.push_back(claim);
    return given_up;
}

Result<Round> highest_round_on_topic(const ResetSettings& settings, const ResetPorts& ports, const TopicSurvey& survey) {
    const auto partitions = ports.topic.partitions(ports.world.now() + settings.timeout);
    if (!partitions) return partitions.fault();
    return read_highest_round(settings, ports, *partitions, survey);
}

std::vector<std::string> home_addresses(const ResetSettings& settings, const GateReader& reader) {
    std::vector<std::string> addresses{reader.address()};
    for (const auto& named : settings.gate_addresses)
        if (std::find(addresses.begin(), addresses.end(), named) == addresses.end()) addresses.push_back(named);
    return addresses;
}

std::int64_t records_before(const std::map<std::int32_t, std::int64_t>& offsets, const std::vector<PartitionLag>& partitions) {
    std::int64_t records = 0;
    for (const auto& one : partitions) {
        const auto offset = offsets.find(one.partition);
        if (offset != offsets.end()) records += std::max<std::int64_t>(0, std::min(offset->second, one.high) - one.low);
    }
    return records;
}

RoundRow opening_row(const ResetSettings& settings, const ResetPorts& ports, Round round, const std::string& token) {
    RoundRow row{settings.event, round, settings.limit, settings.topic, RoundState::opening, Epoch(1), settings.window, token};
    row.group = settings.group;
    row.cluster_id = settings.cluster_id;
    row.key = RoundKey::parse(ports.world.random_word());
    row.home.addresses = home_addresses(settings, ports.reader);
    row.once_key = settings.once_key;
    return row;
}

} // namespace coupon
