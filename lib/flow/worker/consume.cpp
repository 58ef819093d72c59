#include "flow/worker/consume.hpp"

#include "core/unknown_event.hpp"
#include "flow/worker/epoch_memory.hpp"
#include "flow/worker/group_watcher.hpp"
#include "flow/worker/issuer.hpp"
#include "flow/worker/redriver.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace coupon {

namespace {

/// Runs a part of the worker next to the issuing and ends it, whatever way the issuing ends.
template <class Part>
class PartThread {
public:
    explicit PartThread(Part& part) : part_(part), thread_([&part] { part.run(); }) {}
    PartThread(const PartThread&) = delete;
    PartThread& operator=(const PartThread&) = delete;
    ~PartThread() {
        part_.end();
        thread_.join();
    }

private:
    Part& part_;
    std::thread thread_;
};

/// The world as it looks to somebody who has to end by himself at a moment.
class EndingWorld final : public World {
public:
    EndingWorld(World& world, EndsAt ends_at) : world_(world), ends_at_(ends_at) {}

    [[nodiscard]] Tick now() const override { return world_.now(); }
    void pause(Milliseconds time) override { world_.pause(time); }
    void pause(Milliseconds most, Waker& waker) override { world_.pause(most, waker); }
    [[nodiscard]] bool stopping() const override { return world_.stopping() || (ends_at_ && now() >= *ends_at_); }
    [[nodiscard]] bool status_asked() override { return world_.status_asked(); }
    [[nodiscard]] std::string random_word() override { return world_.random_word(); }

private:
    World& world_;
    EndsAt ends_at_;
};

/// For what is in flight when the time is up: a batch, its offsets, the group.
constexpr Milliseconds last_moment{200};

} // namespace

Milliseconds time_of_call(const ConsumeSettings& settings, const EndsAt& ends_at, Tick now) {
    if (!ends_at) return settings.timeout;
    return std::clamp(std::chrono::ceil<Milliseconds>(*ends_at - now), std::min(last_moment, settings.timeout), settings.timeout);
}

Status check_event(LedgerReader& ledger, const std::string& event, Deadline deadline) {
    const auto events = ledger.events(deadline);
    if (!events) return events.fault();
    return std::binary_search(events->begin(), events->end(), event) ? Status(Done{}) : no_round_of(event, *events);
}

Result<ConsumeReport> consume(const ConsumeSettings& settings, Subscriber& subscriber, const Ledgers& ledgers,
                              const std::function<Result<RedriveSide>()>& open_redrive_side, const OpenTopicLog& open_topic, World& world,
                              Journal& journal) {
    auto side = open_redrive_side();
    if (!side) return side.fault();
    const auto ends_at = settings.drain_timeout ? EndsAt(world.now() + *settings.drain_timeout) : EndsAt();
    EndingWorld ending(world, ends_at);
    const auto epochs = std::make_shared<EpochMemory>();
    for (auto* ledger : ledgers)
        ledger->watch_epochs(epochs);
    IssuedLately issued_lately;
    Redriver redriver(settings, std::move(*side), open_redrive_side, *epochs, issued_lately, ending, journal, ends_at);
    GroupWatcher group_watcher(settings, open_topic, ending, journal);
    Issuer issuer(settings, subscriber, ledgers, issued_lately, ending, journal, ends_at);
    issuer.tell_other_log([&] { redriver.compare_logs(); });
    issuer.tell_membership([&](const Membership& membership) { group_watcher.note(membership); });
    Status issued = Done{};
    {
        const PartThread<Redriver> redriving(redriver);
        const PartThread<GroupWatcher> watching(group_watcher);
        const auto should_end = [&] {
            redriver.has_caught_up(issuer.has_caught_up());
            return ending.stopping() || redriver.is_drained() || redriver.fatal();
        };
        issued = issuer.run(
            should_end, [&] { return redriver.has_compared(); }, [&](bool holds) { redriver.holds_first_partition(holds); });
    }
    redriver.rethrow();
    group_watcher.rethrow();
    subscriber.leave(world.now() + time_of_call(settings, ends_at, world.now()));
    if (!issued) return issued.fault();
    if (const auto fatal = redriver.fatal()) return *fatal;

    ConsumeReport report = issuer.report();
    report.redriven = redriver.redriven();
    report.drained = redriver.is_drained();
    report.interrupted = world.stopping() && !report.drained;
    if (settings.until_drained && !report.drained) report.not_drained_because = redriver.not_drained_because();
    return report;
}

} // namespace coupon
