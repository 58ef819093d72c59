#pragma once

#include "core/instant.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace coupon {

/// Ends the pause of one thread from another one. A thread that was woken before its pause does not pause at all.
class Waker {
public:
    void wake() {
        {
            const std::lock_guard lock(mutex_);
            is_woken_ = true;
        }
        woken_.notify_all();
    }
    /// Waits until wake(), and so long at the most. Whether it was woken.
    bool wait(Milliseconds most) {
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, most, [this] { return is_woken_; });
        return std::exchange(is_woken_, false);
    }

private:
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_woken_ = false;
};

} // namespace coupon
