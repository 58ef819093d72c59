#pragma once

#include "flow/worker/redriver.hpp"

#include "fakes/lent_keeper.hpp"
#include "fakes/lent_reader.hpp"
#include "flow/fake_event.hpp"
#include "flow/worker/epoch_memory.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace coupon {

/// Hands the calls on to the event's own gate, so that a side can be closed and opened again.
class LentGate final : public Gate {
public:
    explicit LentGate(Gate& gate) : gate_(gate) {}
    void expect_seal(const std::string& seal) override { gate_.expect_seal(seal); }
    void submit(Ticket ticket, const Application& application, Deadline deadline) override { gate_.submit(ticket, application, deadline); }
    void submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) override { gate_.submit_confirm(ticket, grant, deadline); }
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) override { return gate_.poll(out, wait); }
    [[nodiscard]] std::size_t in_flight() const override { return gate_.in_flight(); }

private:
    Gate& gate_;
};

/// The other half of a worker on an event in memory.
struct Redrive {
    Redrive() { REQUIRE(event.reset()); }

    Result<RedriveSide> open() {
        ++opened;
        RedriveSide side;
        side.gate = std::make_unique<LentGate>(event.gate);
        side.reader = std::make_unique<LentReader>(event.gate);
        side.keeper = std::make_unique<LentKeeper>(event.gate);
        side.topic = std::make_unique<FakeTopicLog>(event.broker);
        side.publisher = std::make_unique<FakePublisher>(event.broker);
        side.ledger = std::make_unique<FakeLedger>("coupon", "coupon_create",
                                                   std::shared_ptr<FakeTables>(&event.ledger.tables(), [](FakeTables*) {}));
        side.look_elsewhere = [this](const std::string& address) -> Result<GateSight> {
            const auto found = elsewhere.find(address);
            if (found != elsewhere.end()) return found->second;
            return Fault{FaultKind::unreachable, "nothing answers there", ""};
        };
        return side;
    }
    /// Runs for that long; the gate's clock goes with the world's.
    void run_for(Milliseconds time) {
        const Tick until = event.world.now() + time;
        auto side = open();
        REQUIRE(side);
        Redriver redriver(
            settings, std::move(*side), [this] { return open(); }, epochs, issued_lately, event.world, event.journal);
        redriver.holds_first_partition(holds_first);
        redriver.has_caught_up(has_caught_up);
        // A pause comes in slices. What happens in one, happens in the first of them.
        const Milliseconds pause(settings.until_drained ? 50 : 300);
        Tick next = event.world.now();
        event.world.on_pause = [&, until] {
            if (event.world.now() < next) return;
            next = event.world.now() + pause;
            if (on_pause) on_pause();
            event.gate.now += Milliseconds(300);
            if (event.world.now() >= until) redriver.end();
        };
        redriver.run();
        redriver.rethrow();
        event.world.on_pause = nullptr;
        drained = redriver.is_drained();
        has_compared = redriver.has_compared();
        redriven = redriver.redriven();
        fatal = redriver.fatal();
        why_not = redriver.not_drained_because();
    }
    [[nodiscard]] std::int64_t records() const {
        std::int64_t count = 0;
        for (const auto& one : event.broker.partitions)
            count += static_cast<std::int64_t>(one.records.size());
        return count;
    }

    FakeEvent event;
    EpochMemory epochs;
    IssuedLately issued_lately;
    ConsumeSettings settings{.event = "coupon"};
    bool holds_first = true;
    bool has_caught_up = true;
    std::function<void()> on_pause;
    int opened = 0;
    bool drained = false;
    bool has_compared = false;
    std::int64_t redriven = 0;
    std::string why_not;
    std::optional<Fault> fatal;
    /// What is at other addresses that the ledger lists; unreachable where none is planted.
    std::map<std::string, GateSight> elsewhere;
};

} // namespace coupon
