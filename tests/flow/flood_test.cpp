#include "flow/apply/flood.hpp"

#include "fakes/fake_gate.hpp"
#include "fakes/fake_topic.hpp"
#include "fakes/fake_world.hpp"
#include "history/history.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <set>
#include <string>

using namespace coupon;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("flow/flood");

namespace {

constexpr Milliseconds timeout{5000};

/// The fake gate, but an answer takes time, and so does waiting in vain.
class GateThatTakesTime final : public Gate {
public:
    GateThatTakesTime(FakeGate& gate, FakeWorld& world) : gate_(gate), world_(world) {}

    Milliseconds answer_time{0};
    std::function<void(std::size_t)> before_poll; ///< given how many polls there were before
    std::size_t most_in_flight = 0;

    void expect_seal(const std::string&) override {}
    void submit(Ticket ticket, const Application& application, Deadline deadline) override {
        gate_.submit(ticket, application, deadline);
        most_in_flight = std::max(most_in_flight, gate_.in_flight());
    }
    void submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) override { gate_.submit_confirm(ticket, grant, deadline); }
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) override {
        if (before_poll) before_poll(polls_);
        ++polls_;
        if (answer_time <= wait) world_.advance(answer_time);
        const auto completed = gate_.poll(out, wait);
        if (completed == 0) world_.advance(wait);
        return completed;
    }
    [[nodiscard]] std::size_t in_flight() const override { return gate_.in_flight(); }

private:
    FakeGate& gate_;
    FakeWorld& world_;
    std::size_t polls_ = 0;
};

/// The fake publisher, but waiting in vain takes time.
class PublisherThatTakesTime final : public Publisher {
public:
    PublisherThatTakesTime(FakePublisher& publisher, FakeWorld& world) : publisher_(publisher), world_(world) {}

    Status check(Deadline deadline) override { return publisher_.check(deadline); }
    void submit(std::uint64_t ticket, const IssueRecord& record) override { publisher_.submit(ticket, record); }
    std::size_t poll(std::vector<Delivery>& out, Milliseconds wait) override {
        const auto reported = publisher_.poll(out, wait);
        if (reported == 0) world_.advance(wait);
        return reported;
    }
    [[nodiscard]] std::size_t in_flight() const override { return publisher_.in_flight(); }

private:
    FakePublisher& publisher_;
    FakeWorld& world_;
};

/// Keeps what was written, and who was asked for before anybody was answered.
class FakeHistory final : public HistorySink {
public:
    Status write(std::string_view lines, const HistoryCounts& of) override {
        if (lines_left == 0) return Fault{FaultKind::refused, "the disk is full", ""};
        --lines_left;
        text += lines;
        held.applications += of.applications;
        held.answers += of.answers;
        return Done{};
    }
    [[nodiscard]] int count(std::string_view piece) const {
        int found = 0;
        for (auto at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1))
            ++found;
        return found;
    }
    std::string text;
    HistoryCounts held;
    int lines_left = INT_MAX; ///< calls that succeed before the disk is full
};

/// An open event of some limit, and an engine before it.
struct Event {
    explicit Event(std::int64_t limit) {
        REQUIRE(create(fake.memory, {Round(1), Limit(limit), {}, "token"}, fake.server));
        REQUIRE(open_and_arm(fake.memory, {Round(1), "token"}, fake.server, fake.server));
    }

    FloodReport run(const FloodSettings& settings) {
        return flood({&engine}, world, settings, &history, [&](const FloodReport& report) { seen.push_back(report.counts.total()); });
    }

    FakeGate fake;
    FakeBroker broker;
    FakePublisher reports{broker};
    FakeWorld world;
    PublisherThatTakesTime publisher{reports, world};
    GateThatTakesTime gate{fake, world};
    ApplyEngine engine{gate, publisher, world, "coupon", Round(1), {}, timeout};
    FakeHistory history;
    std::vector<std::int64_t> seen; ///< answers counted at each progress call
};

FloodSettings requests(std::int64_t count, std::size_t concurrency) {
    FloodSettings settings;
    settings.shape.requests = count;
    settings.concurrency = concurrency;
    return settings;
}

} // namespace

TEST_CASE("a thousand users for a hundred coupons: a hundred granted, nine hundred sold out, never more in flight than asked for") {
    Event event(100);
    const auto report = event.run(requests(1000, 32));
    CHECK(report.sent == 1000);
    CHECK(report.counts.of(Answer::granted) == 100);
    CHECK(report.counts.of(Answer::sold_out) == 900);
    CHECK(event.fake.memory->fields.published == 100);
    CHECK(event.gate.most_in_flight == 32);
    CHECK(report.answer_latency.count() == 1000);
    CHECK(report.confirmed_latency.count() == 100);
    CHECK_FALSE(report.pace);
    CHECK_FALSE(report.interrupted);
    CHECK_FALSE(report.silent);
}

TEST_CASE("the flood applies for the users its shape names") {
    Event event(1000);
    auto settings = requests(500, 7);
    settings.shape.users = 50;
    settings.shape.first_user = UserId(9000);
    const auto report = event.run(settings);
    CHECK(report.counts.of(Answer::granted) == 50);
    CHECK(report.counts.of(Answer::duplicate) == 450);
    CHECK(event.fake.memory->claims.begin()->first == UserId(9000));
    CHECK(event.fake.memory->claims.rbegin()->first == UserId(9049));
}

TEST_CASE("the moments of the first grant, the last grant and the first sold out are counted from the start") {
    Event event(3);
    event.gate.answer_time = 10ms;
    // One at a time: each answer takes 10 ms, a winner's confirm 10 ms more.
    const auto report = event.run(requests(5, 1));
    CHECK(report.first_grant == 20ms);
    CHECK(report.last_grant == 60ms);
    CHECK(report.first_sold_out == 70ms);
    CHECK(report.elapsed == 80ms);
    CHECK(report.answer_latency.at(1000) == 10ms);
    CHECK(report.confirmed_latency.at(1000) == 20ms);
}

TEST_CASE("where nothing of the kind happened there is no moment and no latency") {
    Event event(3);
    event.fake.memory->fields.door = GateDoor::closed;
    const auto report = event.run(requests(5, 1));
    CHECK(report.counts.of(Answer::closed) == 5);
    CHECK_FALSE(report.first_grant);
    CHECK_FALSE(report.last_grant);
    CHECK_FALSE(report.first_sold_out);
    CHECK_FALSE(report.confirmed_latency.summary());
}

TEST_CASE("a rate spreads the applications evenly over time") {
    Event event(1000);
    event.gate.answer_time = 1ms;
    auto settings = requests(100, 32);
    settings.rate = Rate{100, 1s};
    const auto report = event.run(settings);
    CHECK(report.sent == 100);
    CHECK(report.elapsed >= 990ms);
    CHECK(report.elapsed <= 1000ms);
    CHECK(report.pace->corrected.count() == 100);
    CHECK(report.pace->corrected.at(1000) <= 3ms);
}

TEST_CASE("what waits behind a slow answer shows in the corrected latency, and only there") {
    Event event(1);
    event.gate.answer_time = 1ms;
    auto settings = requests(100, 1);
    settings.rate = Rate{100, 1s};
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 20) event.world.advance(500ms);
    };
    const auto report = event.run(settings);
    CHECK(report.sent == 100);
    // One application took half a second; the fifty that were due meanwhile were sent late and answered in a millisecond.
    CHECK(report.answer_latency.at(990) <= 2ms);
    CHECK(report.answer_latency.at(1000) >= 500ms);
    CHECK(report.pace->corrected.at(900) >= 300ms);
    CHECK(report.pace->corrected.at(400) <= 3ms);
}

TEST_CASE("with a rate nobody waits for answers: all is sent in time while the gate answers nothing") {
    Event event(1);
    event.gate.answer_time = 1ms;
    auto settings = requests(2000, 1);
    settings.concurrency.reset();
    settings.rate = Rate{1000, 1s};
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 1) event.fake.meet(GateTrouble::silent);
    };
    const auto report = event.run(settings);
    CHECK(report.sent == 2000);
    CHECK(event.gate.most_in_flight > 1500);
    CHECK(report.pace->without_room == 0);
    CHECK(report.pace->behind <= 3ms);
}

TEST_CASE("what was due while there was no room is counted, until the schedule is kept again") {
    Event event(1);
    event.gate.answer_time = 1ms;
    auto settings = requests(200, 1);
    settings.rate = Rate{100, 1s};
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 20) event.world.advance(500ms);
    };
    const auto report = event.run(settings);
    CHECK(report.pace->without_room >= 45);
    CHECK(report.pace->without_room <= 65);
    CHECK(report.pace->lag.count() == 200);
    CHECK(report.pace->lag.at(1000) >= 480ms);
    CHECK(report.pace->behind <= 3ms);
}

TEST_CASE("the duration ends the flood, whatever was sent, and what is in flight is answered") {
    Event event(1000);
    event.gate.answer_time = 10ms;
    auto settings = requests(1'000'000, 4);
    settings.duration = 1s;
    const auto report = event.run(settings);
    CHECK(report.sent > 100);
    CHECK(report.sent < 1000);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.elapsed >= 1s);
    CHECK(report.elapsed <= 1100ms);
    CHECK_FALSE(report.interrupted);
}

TEST_CASE("a signal stops the sending; what is in flight is answered, and what was not sent is not counted") {
    Event event(1000);
    event.gate.answer_time = 10ms;
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 5) event.world.stop();
    };
    const auto report = event.run(requests(1000, 8));
    CHECK(report.interrupted);
    CHECK(report.sent < 100);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.counts.of(Answer::granted) == report.sent);
}

TEST_CASE("a flood ends without a further claim once the topic refused a record because a right is missing") {
    Event event(1000);
    event.broker.broker = BrokerTrouble::denied;
    const auto report = event.run(requests(500, 8));
    REQUIRE(report.refused);
    CHECK(report.refused->kind == FaultKind::denied);
    CHECK(report.sent <= 16);
    CHECK(report.counts.of(Answer::pending) == report.sent);
    CHECK(event.fake.memory->claims.size() == static_cast<std::size_t>(report.sent));
}

TEST_CASE("a gate that falls silent stalls the flood: nothing new is sent, what is in flight is unknown") {
    Event event(1000);
    event.gate.answer_time = 10ms;
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 6) event.fake.meet(GateTrouble::silent);
    };
    const auto report = event.run(requests(1000, 8));
    CHECK(report.silent == ApplyServer::redis);
    CHECK(report.sent < 100);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.counts.of(Answer::unknown) + report.counts.of(Answer::pending) == 8);
    CHECK(report.counts.of(Answer::error) == 0);
    CHECK(report.elapsed >= timeout);
    CHECK(report.elapsed <= timeout + 1s);
}

TEST_CASE("whoever was sent just before the silence was noticed is told with the others: the flood ends after one timeout, not two") {
    Event event(1000);
    event.gate.answer_time = 10ms;
    auto settings = requests(100'000, 8);
    settings.rate = Rate{10, 1s};
    settings.concurrency = 1000;
    event.gate.before_poll = [&](std::size_t polls) {
        if (polls == 6) event.fake.meet(GateTrouble::silent);
    };
    const auto report = event.run(settings);
    CHECK(report.silent == ApplyServer::redis);
    CHECK(report.sent > 40);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.counts.of(Answer::error) == 0);
    CHECK(report.elapsed >= timeout);
    CHECK(report.elapsed <= timeout + 1200ms); // the first answers still came
}

TEST_CASE("a topic that falls silent stalls the flood though the gate answers, whether one is in flight or many") {
    for (const std::size_t concurrency : {1U, 8U, 100U}) {
        CAPTURE(concurrency);
        Event event(1000);
        event.gate.answer_time = 10ms;
        event.gate.before_poll = [&](std::size_t polls) {
            if (polls == 6) event.broker.meet(DeliveryTrouble::silent);
        };
        const auto report = event.run(requests(1000, concurrency));
        CHECK(report.silent == ApplyServer::kafka);
        CHECK(report.sent < 1000);
        CHECK(report.counts.total() == report.sent);
        CHECK(report.counts.of(Answer::granted) + report.counts.of(Answer::pending) == report.sent);
        CHECK(report.elapsed >= timeout);
        CHECK(report.elapsed <= timeout + 1s);
    }
}

TEST_CASE("records given up before their time do not make the topic silent for those who come later and do not need it") {
    Event event(1);
    event.gate.answer_time = 10ms;
    event.broker.meet(DeliveryTrouble::record_lost);
    auto settings = requests(100, 8);
    settings.rate = Rate{10, 1s};
    const auto report = event.run(settings);
    CHECK_FALSE(report.silent);
    CHECK(report.sent == 100);
    CHECK(report.counts.of(Answer::sold_out) == 99);
}

TEST_CASE("a gate that was only not asked while the topic was silent still answers those that come next") {
    Event event(1000);
    event.broker.broker = BrokerTrouble::away;
    const auto report = event.run(requests(50, 8));
    CHECK(report.counts.of(Answer::pending) == report.sent);
    CHECK(report.counts.of(Answer::unknown) == 0);
}

TEST_CASE("a gate that cannot be reached stalls the flood with its fault as the cause") {
    Event event(1000);
    event.fake.meet(GateTrouble::unreachable);
    const auto report = event.run(requests(1000, 8));
    CHECK(report.silent == ApplyServer::redis);
    CHECK(report.sent == 8);
    CHECK(report.counts.of(Answer::error) == 8);
    CHECK(report.worst_cause == FaultKind::unreachable);
    CHECK_FALSE(report.answer_latency.summary());
}

TEST_CASE("users who are told closed are counted by the reason") {
    Event event(100);
    event.fake.memory->fields.window.closes_at = event.fake.now;
    const auto report = event.run(requests(5, 2));
    CHECK(report.counts.of(Answer::closed) == 5);
    CHECK(report.closed_because == std::map<std::string, std::int64_t>{{"ended", 5}});
    CHECK(Event(100).run(requests(5, 2)).closed_because.empty());
}

TEST_CASE("progress is called a few times a second, with counts that rise") {
    Event event(1);
    event.gate.answer_time = 10ms;
    const auto report = event.run(requests(200, 1));
    CHECK(report.elapsed >= 2s);
    CHECK(event.seen.size() >= 8);
    CHECK(event.seen.size() <= 11);
    CHECK(std::is_sorted(event.seen.begin(), event.seen.end()));
}

TEST_CASE("every application has its line before it is sent, and its answer after") {
    Event event(10);
    bool is_behind = false;
    event.gate.before_poll = [&](std::size_t) {
        // What the gate is about to decide, or has decided, was invoked before.
        is_behind = is_behind || event.history.count("invoke_ns") < static_cast<int>(event.fake.in_flight());
    };
    const auto report = event.run(requests(50, 8));
    CHECK(report.sent == 50);
    CHECK_FALSE(is_behind);
    CHECK(event.history.count("invoke_ns") == 50);
    CHECK(event.history.count("answer_ns") == 50);
    CHECK(event.history.held == HistoryCounts{50, 50});
    CHECK(event.history.count("\"answer\":\"granted\"") == 10);
}

TEST_CASE("without a history and without a progress the flood is the same") {
    Event event(10);
    const auto report = flood({&event.engine}, event.world, requests(50, 8), nullptr, nullptr);
    CHECK(report.counts.of(Answer::granted) == 10);
    CHECK(report.counts.of(Answer::sold_out) == 40);
}

TEST_CASE("where the history cannot be written nothing more is sent, and what is in flight is counted") {
    Event event(100);
    event.history.lines_left = 12;
    const auto report = event.run(requests(1000, 8));
    REQUIRE(report.history_fault);
    CHECK(report.history_fault->message == "the disk is full");
    CHECK(report.sent == event.history.count("invoke_ns"));
    CHECK(report.sent < 1000);
    CHECK(report.counts.total() == report.sent);
    CHECK_FALSE(report.interrupted);
}

TEST_SUITE_END();
