#include "cli/whole_write.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace coupon {

namespace {

constexpr Milliseconds interval{100};

/// A pipe that poll(2) calls writable takes this much without blocking (pipe(7), PIPE_BUF).
constexpr std::size_t piece_size = 4096;

/// Also true when a write would fail at once.
bool has_room(int descriptor, Milliseconds wait) {
    pollfd room{descriptor, POLLOUT, 0};
    return ::poll(&room, 1, static_cast<int>(wait.count())) > 0;
}

} // namespace

int write_whole(int descriptor, std::string_view text, const std::function<bool(Milliseconds)>& still_waits) {
    Tick moved = std::chrono::steady_clock::now();
    while (!text.empty()) {
        if (has_room(descriptor, Milliseconds(0))) {
            const auto count = ::write(descriptor, text.data(), std::min(text.size(), piece_size));
            if (count > 0) {
                text.remove_prefix(static_cast<std::size_t>(count));
                moved = std::chrono::steady_clock::now();
                continue;
            }
            if (count < 0 && errno != EINTR && errno != EAGAIN) return errno;
        }
        if (!still_waits(std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - moved))) return ETIME;
        // Whether it has room now shows in the next write.
        static_cast<void>(has_room(descriptor, interval));
    }
    return 0;
}

} // namespace coupon
