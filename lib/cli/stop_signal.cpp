#include "cli/stop_signal.hpp"

#include "cli/process_limits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace coupon {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

std::atomic<int> first_signal{0};
std::atomic<int> is_stopping{0};
std::atomic<int> has_work{0};
std::atomic<int> idle_code{-1}; ///< -1: the signal's own
std::atomic<int> wake_reader{-1};
std::atomic<int> wake_writer{-1};
std::atomic<int> is_status_asked{0};

constexpr std::array stop_signals{SIGINT, SIGTERM, SIGHUP};

void wake_up() {
    const char byte = 0;
    // A full pipe is readable already.
    [[maybe_unused]] const auto ignored = ::write(wake_writer.load(), &byte, 1);
}

void on_signal(int number) {
    const int saved = errno;
    int none = 0;
    const bool is_first = first_signal.compare_exchange_strong(none, number);
    if (has_work.load() == 0) ::_exit(idle_code.load() >= 0 ? idle_code.load() : 128 + number);
    if (!is_first) ::_exit(128 + number);
    is_stopping.store(1);
    wake_up();
    errno = saved;
}

void on_status_signal(int /*number*/) {
    is_status_asked.store(1);
}

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void mask_signals(bool holds) {
    sigset_t held;
    sigemptyset(&held);
    if (holds) {
        for (const int number : stop_signals)
            sigaddset(&held, number);
        sigaddset(&held, SIGUSR1);
    }
    ::sigprocmask(SIG_SETMASK, &held, nullptr);
}

} // namespace

void hold_stop_signals() {
    mask_signals(true);
}

void install_stop_signal() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw LimitReached(reason_with_limit("cannot make a pipe for signals", errno));
    wake_reader.store(ends[0]);
    wake_writer.store(ends[1]);
    struct sigaction action {};
    action.sa_handler = on_signal;
    // Without SA_RESTART, so that a blocking read or wait ends when a signal comes.
    for (const int number : stop_signals) {
        if (number != SIGHUP || !is_ignored(SIGHUP)) ::sigaction(number, &action, nullptr);
    }
    action.sa_handler = on_status_signal;
    ::sigaction(SIGUSR1, &action, nullptr);
}

void let_signals_in() {
    mask_signals(false);
}

void end_idle_with(ExitCode code) {
    idle_code.store(static_cast<int>(code));
}

void take_work_in_hand() {
    has_work.store(1);
}

bool has_work_in_hand() {
    return has_work.load() != 0;
}

void request_stop() {
    is_stopping.store(1);
    wake_up();
}

bool stop_requested() {
    return is_stopping.load() != 0;
}

int stop_signal() {
    return first_signal.load();
}

int stop_descriptor() {
    return wake_reader.load();
}

bool take_status_request() {
    return is_status_asked.exchange(0) != 0;
}

} // namespace coupon
