#pragma once

#include "flow/reset/reset.hpp"

#include <cstdint>
#include <string>

/// The effects of a reset in words, the same where they are planned and where they are reported.
namespace coupon {

[[nodiscard]] std::string closed_round_text(const ResetSettings& settings, const RoundRow& row);
[[nodiscard]] std::string closed_gate_text(const ResetSettings& settings, const GateFields& gate);
[[nodiscard]] std::string settled_text(Round round);
[[nodiscard]] std::string inserted_round_text(const ResetSettings& settings, Round round, Instant now);
/// `records`: how many there are to delete.
[[nodiscard]] std::string purged_topic_text(const ResetSettings& settings, std::int64_t records);
[[nodiscard]] std::string opened_gate_text(const ResetSettings& settings);
[[nodiscard]] std::string created_tables_text(const ResetSettings& settings);
[[nodiscard]] std::string created_topic_text(const ResetSettings& settings);
/// What is said of a topic that is there with another number of partitions than the operator named.
[[nodiscard]] std::string kept_topic_text(const ResetSettings& settings, std::size_t partitions);

} // namespace coupon
