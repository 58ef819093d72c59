#include "flow/apply/apply_memory.hpp"
#include "flow/apply/shared_history.hpp"

#include "fakes/plain_grants.hpp"
#include "flow/many_threads.hpp"
#include "load/permutation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <thread>

using namespace coupon;

TEST_SUITE_BEGIN("flow/shared_memory");

namespace {

Grant grant(std::int64_t user, std::int64_t slot, std::int64_t epoch) {
    return {Round(1), Epoch(epoch), Slot(slot), UserId(user), {}};
}

/// Runs `work` in some threads at once, each with its number.
void in_threads(int count, const std::function<void(int)>& work) {
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            ++ready;
            while (ready < count)
                std::this_thread::yield();
            work(i);
        });
    for (auto& thread : threads)
        thread.join();
}

} // namespace

TEST_CASE("grants remembered for several threads are judged as those of one thread") {
    GrantOrder<PlainGrants> plain;
    GrantOrder<SharedGrants> shared;
    std::vector<GrantMark> marks{plain.mark()};
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        CAPTURE(i);
        const auto chance = [i](std::uint64_t purpose, std::uint64_t most) {
            return static_cast<std::int64_t>(mixed(i ^ mixed(purpose)) % most);
        };
        const auto epoch = 1 + static_cast<std::int64_t>(i) / 4000 + (chance(1, 50) == 0 ? 1 : 0);
        const auto slot =
            chance(5, 200) == 0 ? 1 + chance(6, 1'000'000'000'000'000) : 1 + static_cast<std::int64_t>(i % 4000) / 3 + chance(2, 700);
        const auto one = grant(chance(3, 5000), slot, epoch);
        const auto& sent = marks[marks.size() - 1 - static_cast<std::size_t>(chance(4, std::min<std::size_t>(marks.size(), 40)))];
        const bool is_fresh = chance(7, 4) != 0;
        REQUIRE(shared.is_in_order(one, sent, is_fresh) == plain.is_in_order(one, sent, is_fresh));
        marks.push_back(plain.mark());
        REQUIRE(shared.mark().epoch == plain.mark().epoch);
        REQUIRE(shared.mark().slot == plain.mark().slot);
    }
}

TEST_CASE("of threads that get a slot for different users at the same time one is right") {
    constexpr int threads = 4;
    constexpr std::int64_t slots = 20'000;
    GrantOrder<SharedGrants> order;
    std::array<std::vector<bool>, threads> is_right;
    in_threads(threads, [&](int thread) {
        const auto start = GrantMark{};
        for (std::int64_t slot = 1; slot <= slots; ++slot)
            is_right[static_cast<std::size_t>(thread)].push_back(
                order.is_in_order(grant(thread, slot, 1 + std::min<std::int64_t>(slot, 15'000) / 5000), start, true));
    });
    // A late answer of an epoch that ended is not compared; the last epoch has not ended.
    for (std::size_t slot = 15'000; slot <= slots; ++slot) {
        int right = 0;
        for (const auto& one : is_right)
            right += one[slot - 1] ? 1 : 0;
        REQUIRE(right == 1);
    }
    CHECK(order.mark().epoch == Epoch(4));
    CHECK(order.mark().slot == Slot(20'000));
}

TEST_CASE("the last word of a server is that of whichever thread heard it last") {
    LastWords words;
    const Tick start{std::chrono::hours(1)};
    CHECK(words.none_since(ApplyServer::redis, start));
    words.heard(ApplyServer::redis, start + Milliseconds(2));
    CHECK_FALSE(words.none_since(ApplyServer::redis, start + Milliseconds(1)));
    CHECK(words.none_since(ApplyServer::redis, start + Milliseconds(2)));
    CHECK(words.none_since(ApplyServer::kafka, start));
}

TEST_CASE("lines of several threads reach the history whole, each thread's in their order, from one writer at a time") {
    constexpr int threads = 4;
    constexpr int lines = 3000;
    ManyWriters sink;
    SharedHistory history(sink);
    std::atomic<int> lost{0};
    in_threads(threads, [&](int thread) {
        for (int i = 0; i < lines; ++i) {
            const auto line = std::to_string(thread) + ' ' + std::to_string(i) + '\n';
            if (!history.write(line, {1, i % 2})) ++lost;
        }
    });
    CHECK(lost == 0);
    CHECK_FALSE(sink.were_at_once);
    CHECK(sink.held == HistoryCounts{threads * lines, threads * lines / 2});
    std::array<int, threads> next{};
    std::istringstream text(sink.text);
    int thread = 0;
    int number = 0;
    while (text >> thread >> number)
        REQUIRE(next.at(static_cast<std::size_t>(thread))++ == number);
    CHECK(next == std::array<int, threads>{lines, lines, lines, lines});
}

TEST_CASE("where lines cannot be written, each thread that handed some over is told") {
    ManyWriters sink;
    sink.calls_left = 0;
    sink.failing_takes = Milliseconds(50); // so that others gather behind the first one
    SharedHistory history(sink);
    std::atomic<int> told{0};
    in_threads(4, [&](int) { told += history.write("line\n", {1, 0}) ? 0 : 1; });
    CHECK(told == 4);
    CHECK(sink.text.empty());
}

TEST_SUITE_END();
