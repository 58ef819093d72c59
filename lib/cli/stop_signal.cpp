#include "cli/stop_signal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace coupon {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

std::atomic<int> first_signal{0};
std::atomic<int> is_stopping{0};
std::atomic<int> has_work{0};
std::atomic<int> idle_code{-1}; ///< -1: the signal's own
std::atomic<int> wake_reader{-1};
std::atomic<int> wake_writer{-1};

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

void mask_signals(int how) {
    sigset_t both;
    sigemptyset(&both);
    for (const int number : {SIGINT, SIGTERM})
        sigaddset(&both, number);
    ::sigprocmask(how, &both, nullptr);
}

} // namespace

void install_stop_signal() {
    mask_signals(SIG_BLOCK);
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("cannot make a pipe for signals");
    wake_reader.store(ends[0]);
    wake_writer.store(ends[1]);
    struct sigaction action {};
    action.sa_handler = on_signal;
    // Without SA_RESTART, so that a blocking read or wait ends when a signal comes.
    for (const int number : {SIGINT, SIGTERM})
        ::sigaction(number, &action, nullptr);
}

void let_signals_in() {
    mask_signals(SIG_UNBLOCK);
}

void end_idle_with(ExitCode code) {
    idle_code.store(static_cast<int>(code));
}

void take_work_in_hand() {
    has_work.store(1);
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

} // namespace coupon
