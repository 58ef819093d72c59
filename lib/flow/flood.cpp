#include "flow/flood.hpp"

#include "flow/history_keeper.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds longest_wait{100};
constexpr Milliseconds progress_interval{200};

/// One flood on its way.
class Flooding {
public:
    Flooding(ApplyEngine& engine, World& world, const FloodSettings& settings, HistorySink* history)
        : engine_(engine), world_(world), settings_(settings), arrivals_(settings.shape), keeper_(history, world), start_(world.now()) {
        if (settings.rate) {
            pacer_.emplace(*settings.rate);
            report_.pace.emplace();
        }
    }

    FloodReport run(const std::function<void(const FloodReport&)>& progress) {
        Tick next_progress = start_ + progress_interval;
        while (true) {
            send_what_is_due();
            if (is_over_ && engine_.in_flight() == 0) break;
            finished_.clear();
            engine_.poll(finished_, time_to_wait());
            keeper_.answered(finished_);
            for (const auto& one : finished_)
                count(one);
            if (!report_.silent && !finished_.empty()) report_.silent = engine_.silent_server();
            report_.refused = engine_.refused();
            is_over_ = is_over_ || report_.silent || report_.refused || keeper_.fault();
            report_.elapsed = elapsed();
            if (progress && world_.now() >= next_progress) {
                progress(report_);
                next_progress = world_.now() + progress_interval;
            }
        }
        report_.interrupted = report_.interrupted || world_.stopping();
        report_.elapsed = elapsed();
        report_.history_fault = keeper_.fault();
        return std::move(report_);
    }

private:
    [[nodiscard]] Nanoseconds elapsed() const { return world_.now() - start_; }

    void send_what_is_due() {
        while (!is_over_ && has_room()) {
            report_.interrupted = world_.stopping();
            report_.silent = engine_.silent_server();
            if (report_.interrupted || report_.silent || report_.sent == arrivals_.size() || is_time_up()) {
                is_over_ = true;
                return;
            }
            if (pacer_ && !note_pace()) return;
            const auto user = arrivals_.user(report_.sent);
            const auto id = static_cast<std::uint64_t>(report_.sent) + 1;
            if (!keeper_.invoked(id, user)) {
                is_over_ = true;
                return;
            }
            ++report_.sent;
            engine_.start(id, user);
        }
    }

    [[nodiscard]] bool has_room() {
        const bool has = engine_.in_flight() < settings_.most_in_flight();
        lacked_room_ = lacked_room_ || !has;
        return has;
    }

    /// False when the next application is not due yet; otherwise notes how late it is sent, and what for.
    bool note_pace() {
        auto& pace = *report_.pace;
        const auto lag = elapsed() - pacer_->due(report_.sent);
        if (lag.count() < 0) {
            lacked_room_ = false; // It has caught up.
            return false;
        }
        pace.lag.add(lag);
        pace.behind = lag;
        if (lacked_room_) ++pace.without_room;
        return true;
    }

    [[nodiscard]] bool is_time_up() const { return settings_.duration && elapsed() >= *settings_.duration; }

    /// Until the next application is due, where there is room for it. A wait is whole milliseconds, so an application may start up to one
    /// too late: the corrected latency shows it.
    [[nodiscard]] Milliseconds time_to_wait() const {
        if (is_over_ || engine_.in_flight() >= settings_.most_in_flight()) return longest_wait;
        Nanoseconds until = longest_wait;
        if (pacer_) until = std::min(until, pacer_->due(report_.sent) - elapsed());
        if (settings_.duration) until = std::min(until, Nanoseconds(*settings_.duration) - elapsed());
        return std::max(std::chrono::ceil<Milliseconds>(until), Milliseconds(0));
    }

    void count(const Finished& one) {
        report_.counts.add(one.told.answer);
        if (one.told.answer == Answer::closed) ++report_.closed_because[one.told.reason];
        note_cause(report_.worst_cause, one);
        if (one.answered) {
            report_.answer_latency.add(*one.answered - one.started);
            if (pacer_) {
                const auto scheduled = start_ + pacer_->due(static_cast<std::int64_t>(one.id) - 1);
                report_.pace->corrected.add(*one.answered - scheduled);
            }
        }
        const Nanoseconds since_start = one.finished - start_;
        if (one.told.answer == Answer::granted) {
            report_.confirmed_latency.add(one.finished - one.started);
            if (!report_.first_grant) report_.first_grant = since_start;
            report_.last_grant = since_start;
        } else if (one.told.answer == Answer::sold_out && !report_.first_sold_out) {
            report_.first_sold_out = since_start;
        }
    }

    ApplyEngine& engine_;
    World& world_;
    const FloodSettings& settings_;
    Arrivals arrivals_;
    HistoryKeeper keeper_;
    Tick start_;
    std::optional<Pacer> pacer_;
    FloodReport report_;
    std::vector<Finished> finished_;
    bool is_over_ = false;
    bool lacked_room_ = false; ///< since the schedule was kept last
};

} // namespace

FloodReport flood(ApplyEngine& engine, World& world, const FloodSettings& settings, HistorySink* history,
                  const std::function<void(const FloodReport&)>& progress) {
    return Flooding(engine, world, settings, history).run(progress);
}

} // namespace coupon
