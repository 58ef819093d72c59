#pragma once

#include "flow/apply/flood_report.hpp"
#include "flow/apply/flood_settings.hpp"
#include "flow/apply/history_keeper.hpp"
#include "load/arrivals.hpp"
#include "load/pacer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <vector>

namespace coupon {

/// Numbers of applications, from `next` to before `end`.
struct NumbersTaken {
    std::int64_t next = 0;
    std::int64_t end = 0;

    [[nodiscard]] bool is_empty() const { return next >= end; }
};

/// What the threads of one flood have in common. Any number of threads; none waits for another.
class FloodPlan {
public:
    explicit FloodPlan(const FloodSettings& settings);

    const FloodSettings& settings;
    const Arrivals arrivals;
    const std::optional<Pacer> pacer;
    Tick start{}; ///< set before the threads read it

    /// The numbers of the next applications, from 0, `most` at the most, for one thread alone; none once all are taken.
    [[nodiscard]] NumbersTaken take(std::size_t most);
    /// Nothing more is to be sent, by any thread.
    void end() { is_over_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool is_over() const { return is_over_.load(std::memory_order_relaxed); }

private:
    alignas(64) std::atomic<std::int64_t> next_{0}; // on a line of its own: each thread writes it for each application
    alignas(64) std::atomic<bool> is_over_{false};
};

/// What one thread does of a flood: it sends applications through its engine, takes their answers, and reports.
class FloodShare {
public:
    /// At most `room` applications are in flight at once. `history` may be null.
    FloodShare(FloodPlan& plan, ApplyEngine& engine, World& world, std::size_t room, HistorySink* history);

    /// Ends when the plan is over, or all is taken, and what this thread has sent is answered. `after_each_turn` may be null.
    void run(const std::function<void()>& after_each_turn);

    /// Counts and what was sent, so far; from any thread.
    void add_tally_to(FloodReport& so_far) const;
    /// REQUIRES: run() has returned.
    [[nodiscard]] const FloodReport& report() const { return report_; }

private:
    [[nodiscard]] Nanoseconds elapsed() const { return world_.now() - plan_.start; }
    [[nodiscard]] std::size_t room() const { return room_ - std::min(room_, engine_.in_flight() + gathered_.size()); }
    [[nodiscard]] bool has_to_end();
    void send_what_is_due();
    void gather();
    [[nodiscard]] bool note_pace(std::int64_t number);
    [[nodiscard]] bool start_gathered();
    [[nodiscard]] Milliseconds time_to_wait() const;
    void count(const Finished& one);
    void tell_tally();

    struct Gathered {
        std::uint64_t id;
        UserId user;
    };
    /// What other threads may see of the report while it is made.
    struct alignas(64) Tally {
        std::atomic<std::int64_t> sent{0};
        std::array<std::atomic<std::int64_t>, all_answers.size()> answers{};
    };

    FloodPlan& plan_;
    ApplyEngine& engine_;
    World& world_;
    std::size_t room_;
    HistoryKeeper keeper_;
    FloodReport report_;
    std::vector<Finished> finished_;
    std::vector<Gathered> gathered_; ///< about to start together
    NumbersTaken taken_;             ///< not sent yet
    bool is_all_taken_ = false;
    bool lacked_room_ = false; ///< since the schedule was kept last
    Tally tally_;
};

} // namespace coupon
