#pragma once

#include "core/partition_lag.hpp"
#include "core/record_identity.hpp"
#include "core/round.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>

/// How far the workers of a ledger have read the topic, as the ledger itself tells, pure. A worker writes it with each batch, in the
/// batch's transaction: a ledger that has it has what became of every record before it.
namespace coupon {

/// One partition, as the last batch left it in the table coupon_position.
struct WorkerPosition {
    std::int64_t next = 0;          ///< behind the last record of the batch
    std::int64_t unbroken_from = 0; ///< the worker read each offset from here to `next`; what became of its records is in the ledger
    RecordMark last;                ///< of the record before `next`

    friend bool operator==(const WorkerPosition&, const WorkerPosition&) = default;
};

/// By partition.
using Positions = std::map<std::int32_t, WorkerPosition>;

/// The offsets behind them.
[[nodiscard]] std::map<std::int32_t, std::int64_t> next_offsets(const Positions& positions);

/// The part of a batch that is of one partition.
struct BatchPart {
    std::int64_t first = 0;         ///< offset of its first record
    std::int64_t unbroken_from = 0; ///< where the reading began that reached its last record
    std::int64_t next = 0;          ///< behind its last record
    RecordMark last;                ///< of that record
};

/// The parts of a batch, which are the next records of their partitions.
[[nodiscard]] std::map<std::int32_t, BatchPart> parts_of(std::span<const SourceRecord> batch);

/// The partition's position once the part is written, where it was `stored` before. The reading counts only as far as the ledger has it:
/// one that was set back, or is another one, does not end where the part begins.
[[nodiscard]] WorkerPosition position_behind(const BatchPart& part, const std::optional<WorkerPosition>& stored);

/// Where the unbroken reading of each partition began. One worker, between two assignments.
class UnbrokenReading {
public:
    /// Notes the next record that was read; gives where the reading began that reaches it without a gap.
    std::int64_t read(const SourcePosition& at);
    /// The worker has other partitions.
    void forget() { parts_.clear(); }

private:
    struct Part {
        std::int64_t from = 0;
        std::int64_t next = 0;
    };
    std::map<std::int32_t, Part> parts_;
};

/// What a ledger knows of the topic's records without reading them again.
struct SettledTopic {
    Positions positions;
    Round highest_failed{0}; ///< any failed event of the event names, 0 for none
};

/// Whether the log still has the record before the position, so that the record's mark tells whether it is the log that the worker read.
[[nodiscard]] bool can_be_recognised(const WorkerPosition& position, const PartitionLag& log);

/// Records that need not be read once the log is recognised. REQUIRES: it can be.
[[nodiscard]] std::int64_t records_saved(const WorkerPosition& position, const PartitionLag& log);

} // namespace coupon
