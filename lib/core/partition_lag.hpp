#pragma once

#include "core/issue_record.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// How far a group has read a partition, in records. Offsets are no measure: the end of a transaction takes an offset that is no record,
/// and compaction leaves gaps.
namespace coupon {

/// One partition of the topic, with the group's committed offset where it has one.
struct PartitionLag {
    std::int32_t partition = 0;
    std::int64_t low = 0;  ///< first offset still there
    std::int64_t high = 0; ///< one past the last offset
    std::optional<std::int64_t> committed;
    std::optional<std::int64_t> unread{}; ///< records from position() to the end, where they were counted
    std::int64_t settled = 0;             ///< more of them that the ledger has settled: to read them again changes nothing

    /// The offset that a worker of the group reads next.
    [[nodiscard]] std::int64_t position() const;
    /// Offsets from the position to the end: at least as many as records.
    [[nodiscard]] std::int64_t offsets_left() const;
    /// Records that a worker of the group has yet to read: those counted, or one for each offset.
    [[nodiscard]] std::int64_t behind() const;
    /// The same of the records before `end`, or more where later ones are there.
    [[nodiscard]] std::int64_t behind_before(std::int64_t end) const;
};

/// Whether no partition has a committed offset although the ledger settled records: the offsets expired, or the group is another one.
[[nodiscard]] bool has_lost_offsets(const std::vector<PartitionLag>& partitions);
/// "group G has no committed offset: it expired, or --group is another one".
[[nodiscard]] std::string lost_offsets_text(const std::string& group);

/// Counts the records from a position on, as a reader meets them. It stops at `most`: beyond it each offset counts as a record.
class UnreadRecords {
public:
    static constexpr std::int64_t most = 100;

    void count(std::int64_t offset) {
        ++found_;
        next_ = offset + 1;
    }
    [[nodiscard]] bool is_enough() const { return found_ >= most; }
    /// Records before `high`. REQUIRES: it is enough, or every record before `high` was counted.
    [[nodiscard]] std::int64_t before(std::int64_t high) const { return is_enough() ? found_ + high - next_ : found_; }

private:
    std::int64_t found_ = 0;
    std::int64_t next_ = 0;
};

/// How far a worker may commit its partitions: over every record that the ledger has settled, and over offsets that are no records. The
/// calls about one partition come in the order of its log.
class ReadPositions {
public:
    /// A record was read, and is not settled yet.
    void read(const SourcePosition& at);
    /// All records before `next` were read.
    void reached_end(std::int32_t partition, std::int64_t next);
    /// A record that was read is settled, as is everything before it.
    void settled(const SourcePosition& at);

    /// The next offset to read, of each partition where it is not committed.
    [[nodiscard]] const std::map<std::int32_t, std::int64_t>& uncommitted() const { return uncommitted_; }
    /// uncommitted() was committed.
    void committed() { uncommitted_.clear(); }
    /// The worker has other partitions.
    void forget();

private:
    /// An end that was reached: it counts once the record read last before it is settled.
    struct End {
        std::int64_t last_read = 0;
        std::int64_t next = 0;
    };
    struct Line {
        std::optional<std::int64_t> in_hand; ///< offset of the record read last, while it is not settled
        std::optional<End> end;
    };

    std::map<std::int32_t, Line> lines_;
    std::map<std::int32_t, std::int64_t> uncommitted_;
};

} // namespace coupon
