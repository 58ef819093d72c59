#include "core/preflight_checks.hpp"

#include "core/checking.hpp"
#include "core/rfc3339.hpp"

namespace coupon {

namespace {

bool is_cleared(const PreflightInput& input) {
    return input.opening == Opening::new_round;
}

const LedgerLeftovers& leftovers(const PreflightInput& input) {
    return *input.ledger->leftovers;
}

Judgement judge_topic_owner(const PreflightInput& input) {
    const auto& owner = leftovers(input).event_of_topic;
    if (!owner) return fine("no event has it yet");
    if (*owner == input.event) return fine("event " + *owner);
    const auto found = "topic " + input.topic_name + " belongs to event " + *owner;
    const auto fix = "give event " + input.event + " a topic of its own (--topic)";
    // A reset never takes it, whatever risk is accepted.
    return is_cleared(input) ? warning(found, fix) : dangerous(found, fix);
}

Judgement judge_round(const PreflightInput& input) {
    const auto* row = input.highest();
    if (row == nullptr)
        return is_cleared(input) ? fine("none yet, this reset opens the first")
                                 : warning("event " + input.event + " has no round", "coupon-reset --yes opens one; or check --event");
    const auto found = "round " + row->round.text() + ", " + name_of(row->state) + ", limit " + row->limit.text();
    if (is_cleared(input)) return fine(found + ", replaced by a new one");
    if (input.opening == Opening::same_round) return fine(found + ", users are let in again");
    switch (row->state) {
    case RoundState::opening: return dangerous(found + ": a reset was interrupted, nobody is let in", "coupon-reset --yes finishes it");
    case RoundState::closed:
        return warning(found + ": nobody is let in", "coupon-reset --reopen --yes, or a new round: coupon-reset --yes");
    case RoundState::abandoned:
    case RoundState::purged: return warning(found + ": nobody is let in", "a new round: coupon-reset --yes");
    case RoundState::open: break;
    }
    if (row->window.closes_at && *row->window.closes_at <= input.now)
        return warning(found + ", its window ended at " + rfc3339(*row->window.closes_at), "a new round: coupon-reset --yes");
    return fine(found + (row->window.opens_at ? ", opens at " + rfc3339(*row->window.opens_at) : ""));
}

Judgement judge_gate(const PreflightInput& input) {
    const auto* row = input.highest();
    if (is_cleared(input)) return fine("a new one is made");
    if (!input.look) {
        if (row == nullptr) return fine("none, and no round");
        if (input.opening == Opening::same_round) return fine("made anew before it opens");
        return warning("there is no gate for round " + row->round.text(), "a running coupon-consume makes it anew from ledger and topic");
    }
    const auto& fields = input.look->fields;
    if (!input.look->defects.empty())
        return dangerous("the gate contradicts itself: " + joined(input.look->defects, "; "),
                         "coupon-reset --force --yes gives the round up; coupon-audit names what is wrong");
    if (row == nullptr || fields.round > row->round) {
        return dangerous("the gate holds round " + fields.round.text() + ", the ledger's highest is " +
                             (row == nullptr ? "none" : row->round.text()) + ": the ledger lost a round, or is another one",
                         "restore the ledger, or name the one that knows the round (--mysql)");
    }
    if (fields.round < row->round) {
        return warning("the gate holds round " + fields.round.text() + ", the ledger's highest is " + row->round.text(),
                       "a running coupon-consume makes it anew; a half-done reset: coupon-reset --yes");
    }
    if (!input.look->armed && input.opening == Opening::same_round) return fine("armed before it opens");
    if (!input.look->armed)
        return warning("the gate of round " + fields.round.text() + " is not armed: it grants nothing", "a running coupon-consume arms it");
    // A close takes the ledger first, so this gate was opened once, or a reset is about to open it.
    if (fields.door == GateDoor::closed && row->state == RoundState::open && input.opening != Opening::same_round) {
        return warning("the gate is closed although round " + row->round.text() + " is open: it forgot that it was opened",
                       "unless a reset is at work: coupon-reset --reopen --yes");
    }
    return fine("round " + fields.round.text() + ", " + name_of(fields.door) + ", armed");
}

Judgement judge_outbox(const PreflightInput& input) {
    if (!input.look || input.look->outbox == 0) return fine("empty");
    const auto found = counted(static_cast<std::size_t>(input.look->outbox), "claim") + " of round " + input.look->fields.round.text() +
                       " not published yet";
    return is_cleared(input) ? fine(found + "; the reset waits for them") : warning(found, "a running coupon-consume publishes them");
}

Judgement judge_lag(const PreflightInput& input) {
    std::int64_t behind = 0;
    for (const auto& partition : input.partitions)
        behind += partition.behind();
    if (behind == 0) return fine("nothing waits for a worker");
    const auto found = counted(static_cast<std::size_t>(behind), "record") + " not consumed yet by group " + input.group;
    return is_cleared(input) ? fine(found + "; the reset waits for them") : warning(found, "coupon-consume --until-drained");
}

Judgement judge_offsets(const PreflightInput& input) {
    std::vector<std::string> beyond;
    std::vector<std::string> lost;
    for (const auto& partition : input.partitions) {
        if (!partition.committed) continue;
        const auto place = "partition " + std::to_string(partition.partition) + ": committed " + std::to_string(*partition.committed);
        const auto purged = leftovers(input).purged_to.find(partition.partition);
        const bool is_purge = purged != leftovers(input).purged_to.end() && purged->second >= partition.low;
        if (*partition.committed > partition.high) beyond.push_back(place + ", the end is " + std::to_string(partition.high));
        if (*partition.committed < partition.low && !is_purge)
            lost.push_back(place + ", the first record left is " + std::to_string(partition.low));
    }
    if (!beyond.empty()) {
        return dangerous(joined(beyond, "; ") + ": the topic was made anew, and the records before the group's place are skipped",
                         "stop all workers; kafka-consumer-groups.sh --bootstrap-server " + input.topic->address + " --group " +
                             input.group + " --topic " + input.topic_name + " --reset-offsets --to-earliest --execute");
    }
    if (!lost.empty())
        return dangerous(joined(lost, "; ") + ": records went before they were consumed, and no reset purged them",
                         "coupon-audit names who lacks a coupon; a longer retention.ms");
    return fine("within each partition's first and last record");
}

Judgement judge_failed_events(const PreflightInput& input) {
    const auto count = leftovers(input).failed_events;
    if (count == 0) return fine("none is unresolved");
    return warning(counted(static_cast<std::size_t>(count), "failed event") + " of topic " + input.topic_name + " not resolved",
                   "coupon-consume --retry-failed; SELECT reason FROM failed_event WHERE resolved_at IS NULL");
}

Judgement judge_abandoned(const PreflightInput& input) {
    const auto& abandoned = leftovers(input).abandoned_claims;
    const auto* row = input.highest();
    // Of the round before the newest, which the last reset may have given up. Older ones were somebody's decision long ago.
    if (row == nullptr || abandoned.empty() || abandoned.rbegin()->first < row->round.value() - 1) return fine("none of the last round");
    const auto& [round, count] = *abandoned.rbegin();
    const auto found =
        counted(static_cast<std::size_t>(count), "claim") + " of round " + std::to_string(round) + " were given up by a forced reset";
    return is_cleared(input)
               ? fine(found)
               : warning(found, "tell those users: SELECT user_id, slot FROM abandoned_claim WHERE round = " + std::to_string(round));
}

constexpr PreflightCheck checks[] = {
    {"topic-owner", "one event per topic", judge_topic_owner},
    {"round", "an open round, or one that opens in time", judge_round},
    {"gate-round", "the gate of the newest round, armed", judge_gate},
    {"outbox", "no claim left over", judge_outbox},
    {"group-lag", "no record left over", judge_lag},
    {"group-offsets", "each between the first and the last record", judge_offsets},
    {"failed-events", "none unresolved", judge_failed_events},
    {"abandoned-claims", "none given up", judge_abandoned},
};

} // namespace

std::span<const PreflightCheck> leftover_checks() {
    return checks;
}

} // namespace coupon
