#pragma once

#include "core/reset_steps.hpp"
#include "flow/reset/read_ahead.hpp"
#include "flow/reset/reset.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What waiting for the old round came to.
struct Settled {
    std::vector<std::string> reasons;          ///< why it is not settled; empty when it is
    std::map<std::int32_t, std::int64_t> ends; ///< the topic's ends of the last look, by partition
    std::optional<Round> highest_on_topic;     ///< up to these ends; read once the round is quiescent
    SettledBy by = SettledBy::worker;          ///< what helps where it is not settled
};

/// Waits, at most settings.wait, until the old round is quiescent, its counters agree and every claim has its row; arms the gate where it
/// is not, and adds what that found to `warnings`. What was read ahead is not read again. Faults: unreachable, denied, interrupted;
/// conflict where another program acts on the event.
[[nodiscard]] Result<Settled> settle(const ResetSettings& settings, const ResetPorts& ports, const Resetting& way, const ReadAhead& ahead,
                                     std::vector<std::string>& warnings);

/// The claims a forced reset gives up, by gate and topic, and the topic's ends.
struct GivenUp {
    std::vector<PendingClaim> claims;
    std::map<std::int32_t, std::int64_t> ends;
    Round highest_on_topic; ///< up to these ends
};

[[nodiscard]] Result<GivenUp> list_given_up(const ResetSettings& settings, const ResetPorts& ports, Round round);

/// The highest round any record of the event on the topic names, 0 for none, counting what was surveyed.
[[nodiscard]] Result<Round> highest_round_on_topic(const ResetSettings& settings, const ResetPorts& ports, const TopicSurvey& survey);

/// The addresses at which the gate of a new round counts: this one, and those that the operator named.
[[nodiscard]] std::vector<std::string> home_addresses(const ResetSettings& settings, const GateReader& reader);

/// The records of the topic that lie before these offsets.
[[nodiscard]] std::int64_t records_before(const std::map<std::int32_t, std::int64_t>& offsets, const std::vector<PartitionLag>& partitions);

/// The row of a round that begins, with a key that no program has seen yet.
[[nodiscard]] RoundRow opening_row(const ResetSettings& settings, const ResetPorts& ports, Round round, const std::string& token);

} // namespace coupon
