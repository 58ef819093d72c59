#include "preflight/preflight_checks.hpp"

#include "core/lost_log.hpp"
#include "core/wording.hpp"

namespace coupon {

namespace {

constexpr auto once_kafka_answers = "repair what the lines of the topic and the group name, then run this again";

bool is_cleared(const PreflightInput& input) {
    return input.opening == Opening::new_round;
}

const LedgerLeftovers& leftovers(const PreflightInput& input) {
    return *input.ledger->leftovers;
}

std::string consume(const PreflightInput& input, const std::string& words) {
    return "coupon-consume --event " + input.event + " " + words;
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

Judgement judge_foreign_records(const PreflightInput& input) {
    if (is_cleared(input)) return fine("the reset looks itself");
    if (!input.why_foreign_is_untold.empty())
        return {PreflightStatus::cannot_tell, "the records were not read: " + input.why_foreign_is_untold, once_kafka_answers};
    if (input.foreign.count == 0) return fine("none");
    return dangerous("topic " + input.topic_name + " holds " + foreign_records_text(input.foreign) +
                         " of this event that no round of this ledger signed: another environment uses the topic",
                     "let coupon-consume finish, then open a new round on a topic of its own: coupon-reset --event " + input.event +
                         " --yes --topic NAME; or check --brokers and --mysql");
}

Judgement judge_outbox(const PreflightInput& input) {
    if (!input.look || input.look->outbox == 0) return fine("empty");
    const auto found = counted(static_cast<std::size_t>(input.look->outbox), "claim") + " of round " + input.look->fields.round.text() +
                       " not published yet";
    return is_cleared(input) ? fine(found + "; the reset waits for them")
                             : warning(found, "a running coupon-consume publishes them: " + consume(input, "--until-drained"));
}

Judgement partitions_untold(const PreflightInput& input) {
    return {PreflightStatus::cannot_tell,
            "the ends of the partitions and the group's offsets were not read: " + input.why_partitions_are_untold, once_kafka_answers};
}

Judgement judge_lag(const PreflightInput& input) {
    if (!input.why_partitions_are_untold.empty()) return partitions_untold(input);
    std::int64_t behind = 0;
    for (const auto& partition : input.partitions)
        behind += partition.behind();
    if (behind == 0) return fine("nothing waits for a worker");
    const auto found = counted(static_cast<std::size_t>(behind), "record") + " not consumed yet by group " + input.group;
    return is_cleared(input) ? fine(found + "; the reset waits for them") : warning(found, consume(input, "--until-drained"));
}

Judgement judge_offsets(const PreflightInput& input) {
    if (!input.why_partitions_are_untold.empty()) return partitions_untold(input);
    std::vector<std::string> beyond;
    std::vector<std::string> lost;
    for (const auto& partition : input.partitions) {
        if (!partition.committed) continue;
        const auto place = "partition " + std::to_string(partition.partition) + ": committed " + std::to_string(*partition.committed);
        const bool is_purge = stored_offset(leftovers(input).purged_to, partition) >= partition.low;
        if (*partition.committed > partition.high) beyond.push_back(place + ", the end is " + std::to_string(partition.high));
        if (*partition.committed < partition.low && !is_purge)
            lost.push_back(place + ", the first record left is " + std::to_string(partition.low));
    }
    if (!beyond.empty()) {
        return dangerous(joined(beyond, "; ") + ": the topic was made again, and the records before the group's place are skipped",
                         "stop all workers; kafka-consumer-groups.sh --bootstrap-server " + input.topic->address + " --group " +
                             input.group + " --topic " + input.topic_name + " --reset-offsets --to-earliest --execute");
    }
    if (!lost.empty())
        return dangerous(joined(lost, "; ") + ": records went before they were consumed, and no reset purged them",
                         consume(input, "--recover --yes") + "; then " + consume(input, "--until-drained") + "; and a longer retention.ms");
    if (has_lost_offsets(input.partitions)) {
        const auto found = lost_offsets_text(input.group);
        return is_cleared(input)
                   ? fine(found + "; the reset purges what it would read again")
                   : warning(found, consume(input, "--until-drained") + "; it reads the records again, finds them issued and commits");
    }
    return fine("within each partition's first and last record");
}

Judgement judge_failed_events(const PreflightInput& input) {
    const auto& counts = leftovers(input).failed_events;
    const auto dismissed = counts.dismissed == 0 ? std::string() : ", " + std::to_string(counts.dismissed) + " dismissed";
    if (counts.open.empty()) return fine("none is open" + dismissed);
    const auto total = static_cast<std::size_t>(counts.open_total());
    return warning(counted(total, "failed event") + " of topic " + input.topic_name + " (" + counts.open_text() + ")" + dismissed,
                   consume(input, "--retry-failed") + "; what it cannot issue: " +
                       consume(input, "--dismiss " + std::string(name_of(counts.open.begin()->first)) + " --why TEXT --yes"));
}

Judgement judge_abandoned(const PreflightInput& input) {
    const auto& abandoned = leftovers(input).abandoned_claims;
    const auto* row = input.highest();
    // Of the round before the newest, which the last reset may have given up. Older ones were somebody's decision long ago.
    if (row == nullptr || abandoned.empty() || abandoned.rbegin()->first < row->round.value() - 1) return fine("none of the last round");
    const auto& [round, count] = *abandoned.rbegin();
    const auto found =
        counted(static_cast<std::size_t>(count), "claim") + " of round " + std::to_string(round) + " were given up by a forced reset";
    return is_cleared(input) ? fine(found)
                             : warning(found, "tell those users: SELECT user_id, slot FROM abandoned_claim WHERE event = '" + input.event +
                                                  "' AND round = " + std::to_string(round) + "; then --accept-warning abandoned-claims");
}

constexpr PreflightCheck checks[] = {
    {"topic-owner", "one event per topic", judge_topic_owner},
    {"foreign-records", "none of this event from another environment", judge_foreign_records},
    {"outbox", "no claim left over", judge_outbox},
    {"group-lag", "no record left over", judge_lag},
    {"group-offsets", "each between the first and the last record", judge_offsets},
    {"failed-events", "none open", judge_failed_events},
    {"abandoned-claims", "none given up", judge_abandoned},
};

} // namespace

std::span<const PreflightCheck> leftover_checks() {
    return checks;
}

} // namespace coupon
