#include "flow/reset/reset_texts.hpp"

#include "core/wording.hpp"

namespace coupon {

namespace {

std::string partitions_text(std::int64_t count) {
    return grouped(count) + (count == 1 ? " partition" : " partitions");
}

} // namespace

std::string closed_round_text(const ResetSettings& settings, const RoundRow& row) {
    const bool is_unfinished = row.state == RoundState::opening;
    return "round " + row.round.text() + (is_unfinished ? ", taken over from an interrupted reset, in " : ", in ") +
           settings.servers.ledger;
}

std::string closed_gate_text(const ResetSettings& settings, const GateFields& gate) {
    return grouped(gate.granted) + " of " + grouped(gate.limit.value()) + " granted in round " + gate.round.text() + ", at " +
           settings.servers.gate;
}

std::string settled_text(Round round) {
    return "every claim of round " + round.text() + " has its coupon";
}

std::string inserted_round_text(const ResetSettings& settings, Round round, Instant now) {
    return "round " + round.text() + ", " + counted_coupons(settings.limit.value()) + ", " +
           window_text(settings.window, settings.utc_offset, now);
}

std::string purged_topic_text(const ResetSettings& settings, std::int64_t records) {
    return grouped(records) + (records == 1 ? " record of " : " records of ") + settings.topic + ", at " + settings.servers.topic;
}

std::string opened_gate_text(const ResetSettings& settings) {
    return "at " + settings.servers.gate;
}

std::string created_tables_text(const ResetSettings& settings) {
    return "in " + settings.servers.ledger;
}

std::string created_topic_text(const ResetSettings& settings) {
    return settings.topic + " with " + partitions_text(settings.partitions.value_or(default_partitions)) + ", at " + settings.servers.topic;
}

std::string kept_topic_text(const ResetSettings& settings, std::size_t partitions) {
    return settings.topic + " exists with " + partitions_text(static_cast<std::int64_t>(partitions)) + "; --partitions " +
           std::to_string(*settings.partitions) + " is not applied";
}

} // namespace coupon
