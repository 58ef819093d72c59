#pragma once

#include "flow/world.hpp"
#include "ledger/ledger.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace coupon {

using Batch = std::vector<SourceRecord>;
using Ledgers = std::vector<Ledger*>; ///< none of them null

/// A batch that is in the ledger, and what became of its records.
struct Written {
    Batch batch;
    std::vector<RecordOutcome> outcomes;
};

/// Transactions at the same time: each lane writes its batches one after the other in the order they were given, in a thread and with a
/// ledger of its own. A fault in one lane keeps every lane from beginning another batch, until go_on() or drop(). Called from one thread.
class Lanes {
public:
    /// `deadline` says until when a transaction that begins now may take; it is called from the lanes' threads.
    Lanes(const Ledgers& ledgers, std::function<Deadline()> deadline);
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;
    /// What was not begun is dropped, what was begun is waited for.
    ~Lanes();

    [[nodiscard]] std::size_t count() const { return lanes_.size(); }
    /// Batches that the lane has not begun.
    [[nodiscard]] std::size_t waiting(std::size_t lane) const;
    /// Nothing waits and nothing is being written in the lane; in any lane.
    [[nodiscard]] bool is_idle(std::size_t lane) const;
    [[nodiscard]] bool is_idle() const;
    /// A lane has not written yet what met a fault.
    [[nodiscard]] bool is_troubled() const;

    void give(std::size_t lane, Batch&& batch);
    /// What was written since the last call; of each lane in its order. Throws what a ledger threw.
    [[nodiscard]] std::vector<Written> take_written();
    /// The faults that stopped the lanes, once every transaction has ended. What met them waits, before all else of its lane.
    [[nodiscard]] std::vector<Fault> stopped_by() const;

    /// Waits until something was written, or faults have stopped the lanes, but not longer than this.
    void wait_for_news(Milliseconds most) const;
    /// Waits until all is written, or faults have stopped the lanes, but not longer than this.
    void wait_until_written(Milliseconds most) const;
    /// After faults: writes what met them again.
    void go_on();
    /// Forgets what was not begun, and faults, and waits for the transactions that have begun, each of which has a deadline.
    void drop();

private:
    struct Lane {
        explicit Lane(Ledger& its_ledger) : ledger(its_ledger) {}
        [[nodiscard]] bool is_idle() const { return !is_writing && waiting.empty(); }

        Ledger& ledger;
        std::deque<Batch> waiting;
        bool is_writing = false;
        bool is_troubled = false; ///< its last transaction met a fault
        std::thread thread;
    };

    void work(Lane& lane);
    void end();
    [[nodiscard]] Result<std::vector<RecordOutcome>> issue(Lane& lane, const Batch& batch) noexcept;
    // These three with the mutex held.
    [[nodiscard]] bool is_writing() const;
    [[nodiscard]] bool has_stopped() const { return !faults_.empty() && !is_writing(); }
    void forget();

    std::function<Deadline()> deadline_;
    mutable std::mutex mutex_; ///< guards all that is below
    std::condition_variable has_work_;
    mutable std::condition_variable has_ended_;
    std::vector<Fault> faults_;
    std::vector<Written> written_;
    std::exception_ptr thrown_;
    bool is_over_ = false;
    std::deque<Lane> lanes_; // never resized once the threads run
};

} // namespace coupon
