#include "cli/stop_notice.hpp"

#include "cli/process_limits.hpp"
#include "cli/stop_signal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace coupon {

namespace {

std::string sentence(int number, const std::string& doing) {
    switch (number) {
    case SIGINT: return fmt::format("{}; Ctrl-C again to leave now", doing);
    case SIGTERM: return fmt::format("SIGTERM: {}", doing);
    case SIGHUP: return fmt::format("SIGHUP: {}", doing);
    default: return doing;
    }
}

} // namespace

StopNotice::StopNotice(Log& log, std::string doing) : log_(log), doing_(std::move(doing)) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw LimitReached(reason_with_limit("cannot make a pipe", errno));
    end_reader_ = Descriptor(ends[0]);
    end_writer_ = Descriptor(ends[1]);
    // Signals are for the thread that waits for the servers: they break its waits.
    sigset_t all;
    sigset_t former;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &former);
    try {
        thread_ = std::thread([this] { watch(); });
    } catch (const std::system_error& error) {
        ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
        throw LimitReached(reason_with_limit("cannot create a thread", error.code().value()));
    }
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

StopNotice::~StopNotice() {
    end_writer_ = Descriptor();
    thread_.join();
}

void StopNotice::watch() const {
    pollfd either[]{{stop_descriptor(), POLLIN, 0}, {end_reader_.number(), POLLIN, 0}};
    while (either[0].revents == 0 && either[1].revents == 0) {
        if (::poll(either, 2, -1) < 0 && errno != EINTR) return;
    }
    // A stop for another reason than a signal is told where it happens.
    if (either[0].revents == 0 || stop_signal() == 0) return;
    const auto line = sentence(stop_signal(), doing_);
    // Who pressed Ctrl-C looks for an answer, with -q, too.
    if (stop_signal() == SIGINT) {
        log_.status(line);
    } else {
        log_.info(line);
    }
}

} // namespace coupon
