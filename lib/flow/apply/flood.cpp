#include "flow/apply/flood.hpp"

#include "flow/apply/flood_share.hpp"
#include "flow/apply/shared_history.hpp"
#include "load/part.hpp"

#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <thread>

namespace coupon {

namespace {

constexpr Milliseconds progress_interval{200};

/// All shares of a flood but the first, each in a thread of its own. None sends before all threads are there.
class OtherThreads {
public:
    OtherThreads(FloodPlan& plan, std::deque<FloodShare>& shares) : plan_(plan), running_(shares.size() - 1) {
        try {
            for (std::size_t i = 1; i < shares.size(); ++i) {
                auto& member = members_.emplace_back();
                member.thread = std::thread([this, &share = shares[i], &member] { work(share, member); });
            }
        } catch (...) {
            // The process may have no more threads; those that it has must end before they go.
            end();
            throw;
        }
    }
    OtherThreads(const OtherThreads&) = delete;
    OtherThreads& operator=(const OtherThreads&) = delete;
    ~OtherThreads() { end(); }

    void begin() { signal(Signal::begin); }

    /// Until each thread has ended: `tell` a few times a second. Throws what one of them threw.
    void wait(World& world, const std::function<void()>& tell) {
        while (running_.load(std::memory_order_acquire) > 0) {
            world.pause(progress_interval, waker_);
            tell();
        }
        for (auto& member : members_) {
            member.thread.join();
            if (member.thrown) std::rethrow_exception(member.thrown);
        }
    }

private:
    enum class Signal { wait, begin, leave };
    struct Member {
        std::thread thread;
        std::exception_ptr thrown;
    };

    void work(FloodShare& share, Member& member) noexcept {
        signal_.wait(Signal::wait);
        try {
            if (signal_.load() == Signal::begin) share.run(nullptr);
        } catch (...) {
            plan_.end();
            member.thrown = std::current_exception();
        }
        running_.fetch_sub(1, std::memory_order_release);
        waker_.wake();
    }

    void signal(Signal what) {
        signal_.store(what);
        signal_.notify_all();
    }

    void end() {
        plan_.end();
        if (signal_.load() == Signal::wait) signal(Signal::leave);
        for (auto& member : members_) {
            if (member.thread.joinable()) member.thread.join();
        }
    }

    FloodPlan& plan_;
    std::atomic<Signal> signal_{Signal::wait};
    std::atomic<std::size_t> running_;
    Waker waker_;
    std::deque<Member> members_;
};

/// Calls `progress` a few times a second with what all shares have counted.
class Progress {
public:
    Progress(const FloodPlan& plan, const std::deque<FloodShare>& shares, World& world,
             const std::function<void(const FloodReport&)>& progress)
        : plan_(plan), shares_(shares), world_(world), progress_(progress), next_(plan.start + progress_interval) {}

    void operator()() {
        if (!progress_ || world_.now() < next_) return;
        FloodReport so_far;
        for (const auto& share : shares_)
            share.add_tally_to(so_far);
        so_far.elapsed = world_.now() - plan_.start;
        progress_(so_far);
        next_ = world_.now() + progress_interval;
    }

private:
    const FloodPlan& plan_;
    const std::deque<FloodShare>& shares_;
    World& world_;
    const std::function<void(const FloodReport&)>& progress_;
    Tick next_;
};

} // namespace

FloodReport flood(const ApplyEngines& engines, World& world, const FloodSettings& settings, HistorySink* history,
                  const std::function<void(const FloodReport&)>& progress) {
    const auto shared_history = history == nullptr ? nullptr : std::make_unique<SharedHistory>(*history);
    FloodPlan plan(settings);
    std::deque<FloodShare> shares;
    const auto count = static_cast<std::int64_t>(engines.size());
    for (auto* engine : engines) {
        const auto room = part_of(static_cast<std::int64_t>(settings.most_in_flight()), count, static_cast<std::int64_t>(shares.size()));
        shares.emplace_back(plan, *engine, world, static_cast<std::size_t>(room), shared_history.get());
    }
    OtherThreads others(plan, shares);
    plan.start = world.now();
    others.begin();
    Progress tell(plan, shares, world, progress);
    shares.front().run([&tell] { tell(); });
    others.wait(world, [&tell] { tell(); });
    auto report = shares.front().report();
    for (std::size_t i = 1; i < shares.size(); ++i)
        merge(report, shares[i].report());
    return report;
}

} // namespace coupon
