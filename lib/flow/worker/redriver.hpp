#pragma once

#include "core/gate_standing.hpp"
#include "flow/worker/arming.hpp"
#include "flow/worker/close_watcher.hpp"
#include "flow/worker/consume.hpp"
#include "flow/worker/lost_logs.hpp"
#include "flow/worker/redrive_journal.hpp"
#include "flow/worker/roll_back_watch.hpp"
#include "flow/worker/say_once.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace coupon {

/// The other half of a worker, in a thread of its own: arms a gate that lost something, publishes what is pending or missing, and sees
/// whether the event is drained. Only the worker that holds partition 0 arms and publishes.
class Redriver {
public:
    /// `side` is open already; `open` makes another one after its servers were lost.
    Redriver(const ConsumeSettings& settings, RedriveSide side, std::function<Result<RedriveSide>()> open, EpochWatch& epochs,
             IssuedLately& issued, World& world, Journal& journal, EndsAt ends_at = {});

    /// Runs until end(), the stop signal, or the event is drained where that is waited for. Throws nothing: what would end the program is
    /// kept for rethrow().
    void run() noexcept;
    /// Throws what ended run() before its time, if anything did. Call after run().
    void rethrow() const;

    void end() {
        ended_ = true;
        log_watch_.wake();
    }
    void holds_first_partition(bool holds) { holds_first_ = holds; }
    /// A worker with records in flight is not drained, so it is not asked often.
    void has_caught_up(bool has) { has_caught_up_ = has; }
    /// Gate and ledger were compared once, with no arming between the two, and the higher epoch of the two is known; and the fences with
    /// the logs.
    [[nodiscard]] bool has_compared() const { return has_compared_ && log_watch_.has_compared(); }
    /// Another log may have taken the place of one that is read: nothing is issued before the fences were compared with it.
    void compare_logs() { log_watch_.ask(); }
    [[nodiscard]] bool is_drained() const { return drained_; }
    [[nodiscard]] std::int64_t redriven() const { return redriven_; }
    /// Why the event is not drained, as of the last look.
    [[nodiscard]] std::string not_drained_because() const;
    /// A fault that no waiting cures, once there is one.
    [[nodiscard]] std::optional<Fault> fatal() const;

private:
    void go_on();
    [[nodiscard]] bool is_time_to_look() const;
    [[nodiscard]] bool is_redrive_due() const { return !last_redrive_ || world_.now() - *last_redrive_ >= settings_.redrive_interval; }
    Status look();
    /// Compares the gate with the ledger: row, gate, row again. What is in between is no mismatch.
    Status look_at_gate();
    /// How the gate stands to the ledger, and whether the ledger itself is behind what was met.
    GateStanding standing_of_seen(const GateSight& gate, const RoundRow& row);
    Status act_on(GateStanding standing, const GateSight& gate, const RoundRow& row);
    /// Before a gate is made from nothing: the one that counts may be at another listed address.
    [[nodiscard]] bool counts_elsewhere(const GateSight& gate, const RoundRow& row) const;
    /// Moves to a promoted replica once no listed address has answered as a master for a while.
    Status consider_moving(const GateSight& gate, const RoundRow& row);
    Status arm(const ArmingWish& wish);
    void note_in_order(const GateSight& gate);
    void end_because(const Fault& fault);
    Status redrive();
    Status see_whether_drained();
    void on_fault(const Fault& fault);
    [[nodiscard]] Milliseconds time_left() const { return time_of_call(settings_, ends_at_, world_.now()); }
    void set_not_drained_because(std::string reason);

    const ConsumeSettings& settings_;
    std::optional<RedriveSide> side_;
    std::function<Result<RedriveSide>()> open_;
    EpochWatch& epochs_;
    World& world_;
    Journal& journal_;
    EndsAt ends_at_;
    SayOnce connection_trouble_;
    SayOnce gate_trouble_;
    CloseWatcher close_watcher_;
    RollBackWatch roll_back_watch_;
    LogWatch log_watch_;
    RedriveJournal claims_journal_;
    RedrivePace pace_;                    ///< of claims without a coupon
    bool has_counted_ = false;            ///< the gate was once the one that the ledger names
    bool counts_ = false;                 ///< it was at the last look: only there anything is republished
    std::vector<std::string> defects_;    ///< of the gate, as of the last look
    std::optional<Tick> no_master_since_; ///< since when no listed address has answered as a master
    std::optional<Tick> last_look_;
    bool has_looked_ = false;
    std::optional<Tick> last_redrive_;
    std::optional<Tick> vain_arming_; ///< when a contradiction kept the gate shut: each try stores a fence, so the next one waits
    std::atomic<bool> ended_{false};
    std::atomic<bool> holds_first_{false};
    std::atomic<bool> has_caught_up_{false};
    std::atomic<bool> has_compared_{false};
    std::atomic<bool> drained_{false};
    std::atomic<std::int64_t> redriven_{0};
    mutable std::mutex mutex_; ///< guards what is below
    std::string not_drained_because_ = "nothing was looked at yet";
    std::optional<Fault> fatal_;
    std::exception_ptr thrown_;
};

} // namespace coupon
