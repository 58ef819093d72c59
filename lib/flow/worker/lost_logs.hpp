#pragma once

#include "core/lost_log.hpp"
#include "flow/world.hpp"
#include "ledger/ledger.hpp"
#include "topic/topic_log.hpp"

#include <atomic>
#include <map>
#include <string>
#include <vector>

/// How a program notices that the log of a partition is not the one whose offsets the ledger stored.
namespace coupon {

/// A fence of a log that is gone, and why it is known to be.
struct LostLog {
    Fence fence;
    std::string why;
};

/// Compares the newest fence of each partition with the topic.
[[nodiscard]] Result<std::vector<LostLog>> find_lost_logs(const std::vector<Fence>& fences, const std::vector<PartitionLag>& partitions,
                                                          TopicLog& topic, Deadline deadline);

/// Where the partitions end, with the last record before each end as far as one lies near it.
[[nodiscard]] Result<std::map<std::int32_t, LogEnd>> log_ends(const std::vector<PartitionLag>& partitions, TopicLog& topic,
                                                              Deadline deadline);

/// Compares the fences of the round with the topic; those of a lost log end at 0 in the ledger from then on. Gives a sentence for each
/// log.
[[nodiscard]] Result<std::vector<std::string>> let_lost_logs_go(Round round, const std::vector<PartitionLag>& partitions, TopicLog& topic,
                                                                Ledger& ledger, World& world, Milliseconds timeout);

/// A worker's part of it: once at the start, and again whenever another log may have taken the place of the one it reads. Until it has
/// compared, nothing is issued. ask(), wake() and has_compared() may be called from any
/// thread.
class LogWatch {
public:
    LogWatch(World& world, Journal& journal) : world_(world), journal_(journal) {}

    void ask() {
        ++asked_;
        wake();
    }
    /// Ends a pause.
    void wake() { waker_.wake(); }
    [[nodiscard]] bool has_compared() const { return compared_ == asked_; }
    /// Compares where it was asked to. A topic that is missing is compared once it is there.
    [[nodiscard]] Status look(TopicLog& topic, Ledger& ledger, Milliseconds timeout);
    /// Waits before the next look, but only until it is asked to compare: the worker issues nothing before it has.
    void pause(Milliseconds most) { world_.pause(most, waker_); }

private:
    World& world_;
    Journal& journal_;
    std::atomic<int> asked_{1};
    std::atomic<int> compared_{0};
    Waker waker_;
};

} // namespace coupon
