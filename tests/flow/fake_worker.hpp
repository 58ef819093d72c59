#pragma once

#include "flow/worker/issuer.hpp"

#include "flow/fake_event.hpp"

#include "fakes/fake_subscriber.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace coupon {

/// Lets time pass while nothing comes, as a real poll does.
class WaitingSubscriber final : public Subscriber {
public:
    WaitingSubscriber(FakeBroker& broker, FakeWorld& world) : inner_(broker), world_(world) {}

    Result<Polled> poll(Milliseconds wait) override {
        if (on_poll) on_poll();
        if (!news.empty()) {
            Result<Polled> first(std::move(news.front()));
            news.erase(news.begin());
            return first;
        }
        auto polled = inner_.poll(wait);
        if (polled && std::holds_alternative<NothingCame>(*polled)) world_.advance(wait);
        return polled;
    }
    Status commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) override {
        ++commits;
        return inner_.commit(next, deadline);
    }
    void pause() override { inner_.pause(); }
    void resume() override { inner_.resume(); }
    void hold(const std::set<std::int32_t>& partitions) override {
        most_held = std::max(most_held, partitions.size());
        inner_.hold(partitions);
    }
    void before_revoke(std::function<void()> finish) override { inner_.before_revoke(std::move(finish)); }
    [[nodiscard]] const std::set<std::int32_t>& assigned() const override { return inner_.assigned(); }
    [[nodiscard]] Membership membership() const override { return inner_.membership(); }
    void leave(Deadline deadline) override { inner_.leave(deadline); }

    std::function<void()> on_poll;
    std::vector<Polled> news; ///< what comes before anything else
    int commits = 0;
    std::size_t most_held = 0; ///< partitions held at the same time

private:
    FakeSubscriber inner_;
    FakeWorld& world_;
};

/// The issuing half of a worker on an event in memory.
struct Worker {
    Worker() { REQUIRE(event.reset()); }

    Status run_for(Milliseconds time) {
        const Tick until = event.world.now() + time;
        return issuer().run([&, until] { return event.world.now() >= until; }, [&] { return has_compared; },
                            [&](bool holds) { holds_first = holds; });
    }
    Issuer& issuer() {
        if (!issuer_) issuer_.emplace(settings, subscriber, ledgers, issued_lately, event.world, event.journal);
        return *issuer_;
    }
    [[nodiscard]] std::int64_t committed() const {
        std::int64_t sum = 0;
        for (const auto& one : event.broker.partitions)
            sum += one.committed.value_or(0);
        return sum;
    }

    FakeEvent event;
    Ledgers ledgers{&event.ledger};
    IssuedLately issued_lately;
    ConsumeSettings settings{.event = "coupon"};
    WaitingSubscriber subscriber{event.broker, event.world};
    bool holds_first = false;
    bool has_compared = true; ///< gate and ledger, by the other half

private:
    std::optional<Issuer> issuer_;
};

} // namespace coupon
