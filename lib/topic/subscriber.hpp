#pragma once

#include "core/group_watch.hpp"
#include "core/instant.hpp"
#include "core/issue_record.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <variant>

namespace coupon {

/// Nothing came within the wait.
struct NothingCame {};

/// The group gave this worker other partitions: everything polled and not yet committed belongs to somebody else, or will come again.
/// The caller drops what it has in flight.
struct AssignmentChanged {
    std::set<std::int32_t> partitions; ///< what this worker has now
};

/// The end of a partition was reached where it is not one past the record that came last: what lies between is no record, but the end of a
/// transaction or a gap. All records before `next` have come, or were committed before.
struct PartitionEnd {
    std::int32_t partition = 0;
    std::int64_t next = 0;
};

/// The broker cannot be reached, or can again. Said once per change; the subscriber goes on trying by itself.
struct BrokerAway {
    Fault fault;
};
struct BrokerBack {};

using Polled = std::variant<NothingCame, SourceRecord, PartitionEnd, AssignmentChanged, BrokerAway, BrokerBack>;

/// One member of a consumer group on the topic. It starts at the group's committed offsets, or at the earliest record; it never commits
/// records by itself. Where it notices that the topic was made again, what was polled of the old log cannot be committed any more, and the
/// caller is told another assignment, which starts at the beginning of the new log. One thread; poll() must be called at least every few
/// minutes, also while paused.
class Subscriber {
public:
    virtual ~Subscriber() = default;

    /// The next thing that happened, waiting up to `wait`. Faults: denied, missing (no such topic; polling on waits for it), corrupt (the
    /// client gave up for good).
    [[nodiscard]] virtual Result<Polled> poll(Milliseconds wait) = 0;

    /// Commits "the next record to read" of each partition, synchronously. Faults: not_mine (the assignment changed), unknown, unreachable.
    [[nodiscard]] virtual Status commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) = 0;

    /// While paused, poll() brings no records but keeps this member alive. Records already returned are unaffected.
    virtual void pause() = 0;
    virtual void resume() = 0;

    /// From now on poll() brings no records of these partitions, until the next call names others; those of the others it brings in turn.
    /// A new assignment holds none.
    virtual void hold(const std::set<std::int32_t>& partitions) = 0;

    /// Before partitions are given back to the group, from within poll() or leave(), `finish` is called: when it returns, the caller writes
    /// nothing of them any more. An empty function for none.
    virtual void before_revoke(std::function<void()> finish) = 0;

    [[nodiscard]] virtual const std::set<std::int32_t>& assigned() const = 0;

    /// How this member stands to its group, as of the last poll().
    [[nodiscard]] virtual Membership membership() const = 0;

    /// Leaves the group, within the deadline.
    virtual void leave(Deadline deadline) = 0;
};

} // namespace coupon
