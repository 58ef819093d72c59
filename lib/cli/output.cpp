#include "cli/output.hpp"

#include "cli/stop_signal.hpp"
#include "cli/whole_write.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace coupon {

namespace {

/// How long a reader who takes nothing is waited for once the program is to end; before, as long as he likes.
constexpr Milliseconds last_patience{2000};

bool still_waits(Milliseconds waited) {
    return !stop_requested() || waited < last_patience;
}

} // namespace

// A terminal that was hung up is none any more, so it is asked at the start.
Output::Output(Log& log) : log_(log), is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void Output::write(std::string_view text) {
    constexpr std::size_t plenty = 32768;
    constexpr Milliseconds moment{50};
    gathered_ += text;
    if (gathered_.size() > plenty || std::chrono::steady_clock::now() - flushed_at_ > moment) flush();
}

void Output::flush() {
    if (state_ == State::works && !gathered_.empty()) {
        if (const int error = write_whole(STDOUT_FILENO, gathered_, still_waits); error != 0) on_failure(error);
    }
    if (state_ == State::failed && !gathered_.empty()) log_.pass_on(gathered_);
    gathered_.clear();
    flushed_at_ = std::chrono::steady_clock::now();
}

void Output::on_failure(int error) {
    const bool is_reader_gone = error == EPIPE || (error == EIO && is_terminal_);
    state_ = is_reader_gone ? State::reader_gone : State::failed;
    request_stop();
    if (is_reader_gone) return;
    const auto* const why = error == ETIME ? "its reader takes nothing" : std::strerror(error);
    log_.error(fmt::format("cannot write to stdout: {}; the result follows here instead", why));
}

} // namespace coupon
