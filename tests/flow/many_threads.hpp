#pragma once

#include "flow/apply/flood.hpp"

#include "fakes/fake_gate.hpp"
#include "fakes/fake_topic.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A flood in several threads over one gate and one topic in memory, in real time.
namespace coupon {

class SteadyWorld final : public World {
public:
    void stop() { stopping_ = true; }

    [[nodiscard]] Tick now() const override { return std::chrono::steady_clock::now(); }
    void pause(Milliseconds time) override { std::this_thread::sleep_for(time); }
    void pause(Milliseconds most, Waker& waker) override { waker.wait(most); }
    [[nodiscard]] bool stopping() const override { return stopping_; }
    [[nodiscard]] bool status_asked() override { return false; }
    [[nodiscard]] std::string random_word() override {
        std::string word = std::to_string(++words_);
        return std::string(32 - word.size(), '0') + word;
    }

private:
    std::atomic<std::int64_t> words_{0};
    std::atomic<bool> stopping_{false};
};

/// One thread's connections to a gate that several threads ask.
class GateOfAThread final : public Gate {
public:
    GateOfAThread(FakeGate& gate, std::mutex& mutex) : gate_(gate), mutex_(mutex) {}

    std::atomic<bool> is_silent{false};
    std::function<void(std::size_t)> before_poll; ///< given how many polls there were before; in the thread

    void expect_seal(const std::string&) override {}
    void submit(Ticket ticket, const Application& application, Deadline) override { waiting_.push_back({ticket, application}); }
    void submit_confirm(Ticket ticket, const Grant& grant, Deadline) override { waiting_.push_back({ticket, grant}); }
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) override {
        if (before_poll) before_poll(polls_++);
        if (is_silent) {
            std::this_thread::sleep_for(wait);
            return 0;
        }
        const std::lock_guard lock(mutex_);
        for (const auto& [ticket, what] : waiting_) {
            if (const auto* application = std::get_if<Application>(&what)) gate_.submit(ticket, *application, {});
            if (const auto* grant = std::get_if<Grant>(&what)) gate_.submit_confirm(ticket, *grant, {});
        }
        waiting_.clear();
        return gate_.poll(out, wait);
    }
    [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

private:
    struct Waiting {
        Ticket ticket;
        std::variant<Application, Grant> what;
    };

    FakeGate& gate_;
    std::mutex& mutex_;
    std::deque<Waiting> waiting_;
    std::size_t polls_ = 0;
};

/// One thread's producer to a topic that several threads write to.
class PublisherOfAThread final : public Publisher {
public:
    PublisherOfAThread(FakeBroker& broker, std::mutex& mutex) : inner_(broker), mutex_(mutex) {}

    Status check(Deadline deadline) override { return inner_.check(deadline); }
    void submit(std::uint64_t ticket, const IssueRecord& record) override { inner_.submit(ticket, record); }
    std::size_t poll(std::vector<Delivery>& out, Milliseconds wait) override {
        const std::lock_guard lock(mutex_);
        return inner_.poll(out, wait);
    }
    [[nodiscard]] std::size_t in_flight() const override { return inner_.in_flight(); }

private:
    FakePublisher inner_;
    std::mutex& mutex_;
};

/// Keeps what was written, and whether two threads ever wrote at once. Not thread-safe, as a history on disk is not.
class ManyWriters final : public HistorySink {
public:
    Status write(std::string_view lines, const HistoryCounts& of) override {
        if (is_writing.exchange(true)) were_at_once = true;
        if (calls_left == 0) {
            std::this_thread::sleep_for(failing_takes);
            is_writing = false;
            return Fault{FaultKind::refused, "the disk is full", ""};
        }
        --calls_left;
        ++calls;
        text += lines;
        held.applications += of.applications;
        held.answers += of.answers;
        std::this_thread::yield();
        is_writing = false;
        return Done{};
    }

    std::string text;
    HistoryCounts held;
    int calls = 0;
    int calls_left = 1'000'000; ///< until the disk is full
    Milliseconds failing_takes{0};
    std::atomic<bool> is_writing{false};
    std::atomic<bool> were_at_once{false};
};

/// An open event of some limit, and an engine for each thread.
struct ManyThreads {
    ManyThreads(int threads, std::int64_t limit, Milliseconds timeout = Milliseconds(5000)) {
        open(fake, limit);
        for (int i = 0; i < threads; ++i) {
            auto& gate = gates.emplace_back(fake, mutex);
            auto& publisher = publishers.emplace_back(broker, mutex);
            auto& engine = engines.emplace_back(gate, publisher, world, "coupon", Round(1), std::nullopt, timeout, memory);
            engine.on_went_back([this](const Grant&) { ++alarms; });
            each.push_back(&engine);
        }
    }

    static void open(FakeGate& gate, std::int64_t limit) {
        static_cast<void>(create(gate.memory, {Round(1), Limit(limit), {}, "token"}, gate.server));
        static_cast<void>(open_and_arm(gate.memory, {Round(1), "token"}, gate.server, gate.server));
    }

    FloodReport run(const FloodSettings& settings) {
        return flood(each, world, settings, &history, [&](const FloodReport& report) { seen.push_back(report.counts.total()); });
    }

    FakeGate fake;
    FakeBroker broker;
    std::mutex mutex; ///< of gate and broker
    SteadyWorld world;
    std::shared_ptr<ApplyMemory> memory = std::make_shared<ApplyMemory>();
    std::deque<GateOfAThread> gates;
    std::deque<PublisherOfAThread> publishers;
    std::deque<ApplyEngine> engines;
    ApplyEngines each;
    ManyWriters history;
    std::atomic<int> alarms{0};
    std::vector<std::int64_t> seen; ///< answers counted at each progress call
};

} // namespace coupon
