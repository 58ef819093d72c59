#pragma once

#include "core/ledger_rule.hpp"
#include "core/partition_lag.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Offsets that the ledger stored of a log that is gone: a broker came back without its data, or the topic was deleted and made again. They
/// mean nothing on the log that took its place (lib/README.md, "A log that was lost"), pure.
namespace coupon {

/// The newest fence of each partition that names an offset. The older ones were compared before a newer one was stored.
[[nodiscard]] std::map<std::int32_t, Fence> newest_offsets(const std::vector<Fence>& fences);

/// Why the partition's log is not the one in which the fence's epoch ended, a clause; empty where nothing shows it. `found` is the record
/// that lies today where the last one before the end lay; nullopt where none lies there, as after a purge.
[[nodiscard]] std::string why_lost(const Fence& fence, const PartitionLag& log, const std::optional<RecordMark>& found);

/// "partition 0: the log in which epoch 3 ended at offset 17 is gone (...)", and what follows.
[[nodiscard]] std::string lost_log_text(const Fence& fence, const std::string& why);

/// Lets all fences of the partition up to this one's epoch end at 0: every record of an older epoch came to the new log after its epoch.
void begin_again_at_zero(std::vector<Fence>& fences, const Fence& lost);

/// The offset stored of this log's partition; 0 where there is none, or where it lies beyond the log's end, for that is of a log that was
/// lost.
[[nodiscard]] std::int64_t stored_offset(const std::map<std::int32_t, std::int64_t>& stored, const PartitionLag& log);

} // namespace coupon
