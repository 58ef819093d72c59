#include "flow/consume.hpp"

#include "flow/issuer.hpp"
#include "flow/redriver.hpp"

#include <thread>
#include <utility>

namespace coupon {

namespace {

/// Runs the redrive beside the issuing and ends it, whatever way the issuing ends.
class RedriveThread {
public:
    explicit RedriveThread(Redriver& redriver) : redriver_(redriver), thread_([&redriver] { redriver.run(); }) {}
    RedriveThread(const RedriveThread&) = delete;
    RedriveThread& operator=(const RedriveThread&) = delete;
    ~RedriveThread() {
        redriver_.end();
        thread_.join();
    }

private:
    Redriver& redriver_;
    std::thread thread_;
};

} // namespace

Result<ConsumeReport> consume(const ConsumeSettings& settings, Subscriber& subscriber, Ledger& ledger,
                              const std::function<Result<RedriveSide>()>& open_redrive_side, World& world, Journal& journal) {
    auto side = open_redrive_side();
    if (!side) return side.fault();
    Redriver redriver(settings, std::move(*side), open_redrive_side, world, journal);
    Issuer issuer(settings, subscriber, ledger, world, journal);
    const Tick start = world.now();
    const auto time_is_up = [&] {
        return settings.until_drained && settings.drain_timeout && world.now() - start >= *settings.drain_timeout;
    };
    Status issued = Done{};
    {
        const RedriveThread thread(redriver);
        issued = issuer.run([&] { return world.stopping() || redriver.is_drained() || redriver.fatal() || time_is_up(); },
                            [&](bool holds) { redriver.holds_first_partition(holds); });
    }
    redriver.rethrow();
    subscriber.leave(world.now() + settings.timeout);
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
