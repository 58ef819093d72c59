#pragma once

#include "cli/run.hpp"
#include "cli/stop_signal.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <utility>

/// How a program that only reads ends at its first signal, whatever a server does.
namespace coupon {

/// How long a reading may take to notice a signal by itself.
inline constexpr Milliseconds interruption_grace{200};

/// Says that the program was interrupted, prints the partial result, and ends the process at once, without unwinding: a thread that still
/// waits for a server is left behind, and must not see what it uses go away.
[[noreturn]] void leave_behind(Session& session);

/// What `reading` returns or throws. It runs on a thread of its own, so that the first signal ends the program in time even while a client
/// library connects to a server that accepts and says nothing. `reading` changes nothing outside this process.
template <class Reading>
auto interruptible(Session& session, Reading reading) -> decltype(reading()) {
    constexpr Milliseconds look_interval{20};
    using Found = decltype(reading());
    // Shared with the thread, which may outlive this call by the moment that the process takes to end.
    const auto task = std::make_shared<std::packaged_task<Found()>>(std::move(reading));
    auto found = task->get_future();
    std::thread([task] { (*task)(); }).detach();
    std::optional<Tick> interrupted_at;
    while (found.wait_for(look_interval) != std::future_status::ready) {
        if (stop_signal() == 0) continue;
        if (!interrupted_at) interrupted_at = session.world.now();
        if (session.world.now() - *interrupted_at >= interruption_grace) leave_behind(session);
    }
    return found.get();
}

} // namespace coupon
