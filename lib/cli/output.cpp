#include "cli/output.hpp"

#include "cli/stop_signal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace coupon {

void Output::write(std::string_view text) {
    constexpr std::size_t plenty = 32768;
    constexpr Milliseconds moment{50};
    gathered_ += text;
    if (gathered_.size() > plenty || std::chrono::steady_clock::now() - flushed_at_ > moment) flush();
}

void Output::flush() {
    std::string_view rest = gathered_;
    while (!rest.empty() && !is_gone_) {
        const auto count = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd out{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&out, 1, 100);
        } else if (errno == EPIPE) {
            is_gone_ = true;
            request_stop();
        } else if (errno != EINTR) {
            const auto why = fmt::format("cannot write the result to stdout: {}", std::strerror(errno));
            gathered_.clear(); // so that a last flush does not fail again
            throw std::runtime_error(why);
        }
    }
    gathered_.clear();
    flushed_at_ = std::chrono::steady_clock::now();
}

} // namespace coupon
