#include "flow/apply/flood.hpp"

#include "flow/many_threads.hpp"
#include "history/history.hpp"
#include "load/part.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

using namespace coupon;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("flow/flood_threads");

namespace {

FloodSettings requests(std::int64_t count, std::size_t concurrency) {
    FloodSettings settings;
    settings.shape.requests = count;
    settings.concurrency = concurrency;
    return settings;
}

/// What a history says of its applications.
struct Written {
    std::map<std::int64_t, UserId> users; ///< asked for, by the number of the application
    std::map<std::int64_t, std::int64_t> invoked_ns;
    std::map<Slot, std::set<UserId>> holders; ///< users told granted, by slot
    std::int64_t answers = 0;
    std::int64_t most_in_flight = 0;
};

Written read(const std::string& text) {
    HistoryParser parser("crowd");
    parser.feed(history_head_line({"boot", 1, "coupon", Round(1), 1, {}, 0}));
    parser.feed(text);
    const auto history = parser.finish();
    CHECK(history.defects.empty()); // among them: a torn line, a number used twice, an answer to nothing
    Written written;
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        const auto entry = history.entries[i];
        written.users.emplace(entry.id, entry.user);
        written.invoked_ns.emplace(entry.id, entry.invoke_ns);
        written.answers += entry.answer_ns ? 1 : 0;
        if (entry.answer == Answer::granted && entry.slot) written.holders[*entry.slot].insert(entry.user);
    }
    std::int64_t in_flight = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        in_flight += line.find("invoke_ns") != std::string::npos ? 1 : -1;
        written.most_in_flight = std::max(written.most_in_flight, in_flight);
    }
    return written;
}

} // namespace

TEST_CASE("threads share a flood: all is sent once, told once and counted once, and no more is in flight than asked for") {
    for (const int threads : {1, 2, 5}) {
        CAPTURE(threads);
        ManyThreads event(threads, 100);
        const auto report = event.run(requests(3000, 17));
        CHECK(report.threads == static_cast<std::size_t>(threads));
        CHECK(report.sent == 3000);
        CHECK(report.counts.of(Answer::granted) == 100);
        CHECK(report.counts.of(Answer::sold_out) == 2900);
        CHECK(report.answer_latency.count() == 3000);
        CHECK(report.confirmed_latency.count() == 100);
        CHECK(report.first_grant <= report.last_grant);
        CHECK(report.first_sold_out <= report.elapsed);
        CHECK_FALSE(report.interrupted);
        CHECK_FALSE(report.silent);
        CHECK(event.alarms == 0);
        const auto told = read(event.history.text);
        CHECK(told.users.size() == 3000);
        CHECK(told.answers == 3000);
        CHECK(told.most_in_flight <= 17);
        CHECK(told.holders.size() == 100);
        CHECK(event.history.held == HistoryCounts{3000, 3000});
        CHECK_FALSE(event.history.were_at_once);
    }
}

TEST_CASE("threads apply for exactly the users that one thread would, each under the same number") {
    std::vector<FloodShape> shapes(3);
    shapes[1].users = 50;
    shapes[2].repeats = Share{300'000};
    for (auto& shape : shapes) {
        shape.requests = 500;
        shape.first_user = UserId(9000);
        ManyThreads event(3, 1000);
        auto settings = requests(0, 8);
        settings.shape = shape;
        CHECK(event.run(settings).sent == 500);
        const auto told = read(event.history.text);
        REQUIRE(told.users.size() == 500);
        const Arrivals arrivals(shape);
        std::map<UserId, int> times;
        for (const auto& [id, user] : told.users) {
            CHECK(user == arrivals.user(id - 1));
            ++times[user];
        }
        if (!shape.users) continue;
        CHECK(times.size() == 50);
        CHECK(std::all_of(times.begin(), times.end(), [](const auto& one) { return one.second == 10; }));
    }
}

TEST_CASE("with a rate no application starts before its own moment, and all moments are met by the threads together") {
    ManyThreads event(3, 1000);
    auto settings = requests(300, 30);
    settings.rate = Rate{1000, 1s};
    const auto start = std::chrono::duration_cast<Nanoseconds>(event.world.now().time_since_epoch()).count();
    const auto report = event.run(settings);
    CHECK(report.sent == 300);
    CHECK(report.elapsed >= 299ms);
    REQUIRE(report.pace);
    CHECK(report.pace->last == 299);
    CHECK(report.pace->lag.count() == 300);
    CHECK(report.pace->corrected.count() == 300);
    const Pacer pacer(*settings.rate);
    for (const auto& [id, invoked] : read(event.history.text).invoked_ns)
        CHECK(invoked - start >= pacer.due(id - 1).count());
}

TEST_CASE("a slot that gates gave to users of two threads is told to one of them, and the alarm is raised") {
    // Each thread has a gate of its own, as if the gate had gone back in time between them.
    ManyThreads event(2, 1000);
    FakeGate other;
    ManyThreads::open(other, 1000);
    GateOfAThread gone_back(other, event.mutex);
    ApplyEngine second(gone_back, event.publishers[1], event.world, "coupon", Round(1), {}, 5000ms, event.memory);
    second.on_went_back([&](const Grant&) { ++event.alarms; });
    event.each[1] = &second;
    // Neither thread ends before the other one has begun.
    std::atomic<int> begun{0};
    const auto meet = [&](std::size_t polls) {
        if (polls > 0) return;
        ++begun;
        while (begun < 2)
            std::this_thread::yield();
    };
    event.gates[0].before_poll = meet;
    gone_back.before_poll = meet;
    const auto report = event.run(requests(200, 8));
    CHECK(event.alarms > 0);
    CHECK(report.counts.of(Answer::granted) + report.counts.of(Answer::pending) == 200);
    CHECK(report.counts.of(Answer::pending) == event.alarms);
    for (const auto& [slot, users] : read(event.history.text).holders) {
        CAPTURE(slot);
        CHECK(users.size() == 1);
    }
}

TEST_CASE("a gate that is silent to one thread is not silent as long as another thread hears it") {
    ManyThreads event(2, 1, 300ms);
    event.gates[1].is_silent = true;
    auto settings = requests(100'000'000, 8);
    settings.duration = 900ms;
    // A claim every few milliseconds, or the history would be long.
    event.gates[0].before_poll = [](std::size_t) { std::this_thread::sleep_for(5ms); };
    const auto report = event.run(settings);
    CHECK_FALSE(report.silent);
    CHECK(report.counts.of(Answer::unknown) >= 4);
    CHECK(report.counts.of(Answer::sold_out) > 100);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.elapsed >= 900ms);
}

TEST_CASE("a gate that is silent to all threads stalls the flood once, within one timeout") {
    ManyThreads event(3, 100'000, 400ms);
    for (auto& gate : event.gates) {
        gate.before_poll = [&event](std::size_t polls) {
            std::this_thread::sleep_for(1ms);
            if (polls < 10) return;
            for (auto& each : event.gates)
                each.is_silent = true;
        };
    }
    const auto report = event.run(requests(1'000'000, 9));
    CHECK(report.silent == ApplyServer::redis);
    CHECK(report.sent < 1'000'000);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.counts.of(Answer::error) == 0);
    CHECK(report.elapsed >= 400ms);
    CHECK(report.elapsed <= 2s);
}

TEST_CASE("a signal stops all threads; what each has in flight is answered and in the report") {
    ManyThreads event(3, 1'000'000);
    event.gates[1].before_poll = [&](std::size_t polls) {
        if (polls == 50) event.world.stop();
    };
    const auto report = event.run(requests(100'000'000, 9));
    CHECK(report.interrupted);
    CHECK(report.sent > 0);
    CHECK(report.counts.total() == report.sent);
    CHECK(report.counts.of(Answer::granted) == report.sent);
    CHECK(event.history.held == HistoryCounts{report.sent, report.sent});
}

TEST_CASE("a right to publish that one thread finds missing ends the flood of all") {
    ManyThreads event(3, 1'000'000);
    event.broker.broker = BrokerTrouble::denied;
    const auto report = event.run(requests(100'000'000, 9));
    REQUIRE(report.refused);
    CHECK(report.refused->kind == FaultKind::denied);
    CHECK(report.sent <= 18);
    CHECK(report.counts.total() == report.sent);
}

TEST_CASE("where the history cannot be written no thread sends any more, and what is in flight is counted") {
    ManyThreads event(3, 1'000'000);
    event.history.calls_left = 40;
    const auto report = event.run(requests(100'000'000, 9));
    REQUIRE(report.history_fault);
    CHECK(report.history_fault->message == "the disk is full");
    CHECK(report.sent == event.history.held.applications);
    CHECK(report.counts.total() == report.sent);
}

TEST_CASE("what one thread throws ends the others and reaches the caller") {
    for (const std::size_t thrower : {0U, 1U, 2U}) {
        CAPTURE(thrower);
        ManyThreads event(3, 1'000'000);
        event.gates[thrower].before_poll = [](std::size_t polls) {
            if (polls == 3) throw std::runtime_error("out of something");
        };
        CHECK_THROWS_WITH(static_cast<void>(event.run(requests(100'000'000, 9))), "out of something");
    }
}

TEST_CASE("progress tells the counts of all threads together") {
    ManyThreads event(3, 1);
    for (auto& gate : event.gates)
        gate.before_poll = [](std::size_t) { std::this_thread::sleep_for(2ms); };
    auto settings = requests(100'000'000, 8);
    settings.duration = 700ms;
    const auto report = event.run(settings);
    REQUIRE_FALSE(event.seen.empty());
    CHECK(std::is_sorted(event.seen.begin(), event.seen.end()));
    CHECK(event.seen.back() <= report.counts.total());
    // One thread has about a third of the answers.
    CHECK(event.seen.back() * 2 > report.counts.total());
}

TEST_CASE("reports of threads add up") {
    FloodReport one;
    one.counts.add(Answer::granted, 2);
    one.counts.add(Answer::closed);
    one.closed_because["ended"] = 1;
    one.sent = 3;
    one.elapsed = 100ms;
    one.answer_latency.add(5ms);
    one.pace.emplace();
    one.pace->last = 8;
    one.pace->behind = 3ms;
    one.pace->without_room = 1;
    one.first_grant = 40ms;
    one.last_grant = 50ms;
    one.worst_cause = FaultKind::unreachable;
    FloodReport other;
    other.counts.add(Answer::granted, 5);
    other.counts.add(Answer::closed, 2);
    other.closed_because["ended"] = 1;
    other.closed_because["not_yet"] = 1;
    other.sent = 7;
    other.elapsed = 90ms;
    other.answer_latency.add(7ms);
    other.pace.emplace();
    other.pace->last = 9;
    other.pace->behind = 1ms;
    other.pace->without_room = 2;
    other.first_grant = 10ms;
    other.last_grant = 20ms;
    other.first_sold_out = 60ms;
    other.worst_cause = FaultKind::denied;
    other.silent = ApplyServer::kafka;
    other.interrupted = true;
    merge(one, other);
    CHECK(one.threads == 2);
    CHECK(one.counts.of(Answer::granted) == 7);
    CHECK(one.closed_because == std::map<std::string, std::int64_t>{{"ended", 2}, {"not_yet", 1}});
    CHECK(one.sent == 10);
    CHECK(one.elapsed == 100ms);
    CHECK(one.answer_latency.count() == 2);
    CHECK(one.pace->last == 9);
    CHECK(one.pace->behind == 1ms);
    CHECK(one.pace->without_room == 3);
    CHECK(one.first_grant == 10ms);
    CHECK(one.last_grant == 50ms);
    CHECK(one.first_sold_out == 60ms);
    CHECK(one.worst_cause == FaultKind::denied);
    CHECK(one.silent == ApplyServer::kafka);
    CHECK(one.interrupted);
    CHECK_FALSE(one.refused);
}

TEST_CASE("what is divided adds up, and no part is larger than another by more than one") {
    for (const std::int64_t whole : {1, 7, 64, 100'000}) {
        for (const std::int64_t parts : {1, 2, 3, 7}) {
            std::int64_t sum = 0;
            for (std::int64_t index = 0; index < parts; ++index) {
                sum += part_of(whole, parts, index);
                CHECK(part_of(whole, parts, index) >= whole / parts);
                CHECK(part_of(whole, parts, index) <= whole / parts + 1);
            }
            CHECK(sum == whole);
        }
    }
}

TEST_SUITE_END();
