#pragma once

#include "core/reset_brakes.hpp"
#include "flow/reset/read_ahead.hpp"
#include "flow/reset/reset.hpp"

namespace coupon {

/// The event before a reset changes anything.
struct ResetLook {
    ResetScene scene;
    bool has_tables = false;
    bool has_topic = false;
    std::vector<PartitionLag> partitions; ///< of the new round's topic, where it exists
    ReadAhead ahead;                      ///< of that topic, and of the old round
};

/// The topic as people write it: how many records it holds.
[[nodiscard]] std::int64_t record_count(const std::vector<PartitionLag>& partitions);

/// Whether the reset may begin, as far as a look can tell. Nothing was changed yet where it faults.
[[nodiscard]] Status may_begin(const ResetSettings& settings, const ResetLook& look);

/// Whether the round that an interrupted reset was opening is the one that is wanted now.
[[nodiscard]] bool is_as_wanted(const RoundRow& row, const ResetSettings& settings);

/// Asks all three servers and changes nothing. Faults: those of the servers; corrupt where the gate does not say which round it holds;
/// usage where topic, group or cluster are to be others while the last round is not settled.
[[nodiscard]] Result<ResetLook> look_before_reset(const ResetSettings& settings, const ResetPorts& ports, ReadingFor what_for);

/// What a first use needs, as it is planned and reported.
void tell_creation(const ResetSettings& settings, const ResetLook& look, const char* status, ResetReport& report);

/// Takes the lock of resets, sees whether this one may begin, and makes what a first use needs. The lock comes first: what was seen must
/// still be so when the reset begins.
[[nodiscard]] Result<ResetLook> prepare_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

} // namespace coupon
