#pragma once

#include "core/result.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coupon {

/// A place where a program can be made to fail.
struct Failpoint {
    const char* name;
    const char* place; ///< what has just happened there
    const char* error; ///< what action `error` pretends
};

/// All of them, in the order of an event: applying, issuing, arming, resetting.
[[nodiscard]] const std::vector<Failpoint>& all_failpoints();

enum class FailpointAction { kill, stop, error };

/// What is to happen at the failpoints of one program, and how often it came past each. Any number of threads.
class FailpointSet {
public:
    struct Order {
        FailpointAction action = FailpointAction::kill;
        std::int64_t on_pass = 1; ///< 1: the first time
    };
    using Orders = std::map<std::string, Order, std::less<>>;

    /// NAME=kill|stop|error[@N][,...], each name once. Fault: usage, which names what is wrong and what was probably meant.
    [[nodiscard]] static Result<Orders> parse(std::string_view text);

    explicit FailpointSet(Orders orders) : orders_(std::move(orders)) {}

    /// The program comes past the place. On the pass it was ordered for says so on stderr; does not return from kill, returns from stop
    /// when the process is continued; true where the answer is to be taken for a fault.
    [[nodiscard]] bool pass(std::string_view name);

    /// The answer as it came, unless the call was done and its reply is to be lost.
    template <class T>
    [[nodiscard]] Result<T> after(std::string_view name, Result<T> answer) {
        if (answer && pass(name)) return lost_reply(name);
        return answer;
    }
    /// Done, or that the call which comes next is refused, without effect.
    [[nodiscard]] Status before(std::string_view name);

    /// While batches are issued, the ledger's adapter passes "before-commit".
    void issuing(bool begins) { issuing_ += begins ? 1 : -1; }
    [[nodiscard]] Status before_commit() { return issuing_ > 0 ? before("before-commit") : Status(Done{}); }

    [[nodiscard]] static Fault lost_reply(std::string_view name);

private:
    std::atomic<int> issuing_ = 0;
    std::mutex mutex_;
    Orders orders_;
    std::map<std::string, std::int64_t, std::less<>> passes_;
};

} // namespace coupon
