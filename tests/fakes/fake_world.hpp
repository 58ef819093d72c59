#pragma once

#include "flow/world.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace coupon {

/// A clock the test moves; pausing moves it too, and lets the test act at that moment. Thread-safe but for `on_pause`.
class FakeWorld final : public World {
public:
    std::function<void()> on_pause; ///< called at each pause, before time goes on

    void advance(Milliseconds time) { elapsed_ += time.count(); }
    void stop() { stopping_ = true; }
    /// The next program, which nobody has stopped yet.
    void start_again() { stopping_ = false; }
    void ask_for_status() { status_asked_ = true; }

    [[nodiscard]] Tick now() const override { return Tick{} + std::chrono::hours(1) + Milliseconds(elapsed_); }
    void pause(Milliseconds time) override {
        if (on_pause) on_pause();
        advance(time);
    }
    void pause(Milliseconds most, Waker& waker) override {
        if (on_pause) on_pause();
        if (!waker.wait(Milliseconds(0))) advance(most);
    }
    [[nodiscard]] bool stopping() const override { return stopping_; }
    [[nodiscard]] bool status_asked() override { return status_asked_.exchange(false); }
    [[nodiscard]] std::string random_word() override {
        std::string word = std::to_string(++words_);
        return std::string(32 - word.size(), '0') + word;
    }

private:
    std::atomic<std::int64_t> elapsed_{0};
    std::atomic<std::int64_t> words_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> status_asked_{false};
};

/// Keeps the lines it is told, each with its level in front ("warn: ...").
class FakeJournal final : public Journal {
public:
    void status(const std::string& line) override { add("status: " + line); }
    void info(const std::string& line) override { add("info: " + line); }
    void warn(const std::string& line) override { add("warn: " + line); }
    void error(const std::string& line) override { add("error: " + line); }

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    [[nodiscard]] int count(const std::string& piece) const {
        const std::lock_guard lock(mutex_);
        int found = 0;
        for (const auto& line : lines_)
            found += line.find(piece) != std::string::npos ? 1 : 0;
        return found;
    }

private:
    void add(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }

    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

} // namespace coupon
