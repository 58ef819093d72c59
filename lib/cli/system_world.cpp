#include "cli/system_world.hpp"

#include "cli/stop_signal.hpp"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace coupon {

Tick SystemWorld::now() const {
    return std::chrono::steady_clock::now();
}

void SystemWorld::pause(Milliseconds time) {
    const auto end = now() + time;
    while (!stopping()) {
        const auto left = std::chrono::ceil<Milliseconds>(end - now());
        if (left.count() <= 0) return;
        pollfd wake{stop_descriptor(), POLLIN, 0};
        ::poll(&wake, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000)));
    }
}

bool SystemWorld::stopping() const {
    return stop_requested();
}

std::string SystemWorld::random_word() {
    static constexpr char hex[] = "0123456789abcdef";
    std::array<unsigned char, 16> bytes{};
    for (std::size_t filled = 0; filled < bytes.size();) {
        const auto count = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
        if (count < 0 && errno != EINTR) throw std::runtime_error("the kernel gives no random numbers");
        if (count > 0) filled += static_cast<std::size_t>(count);
    }
    std::string word;
    for (const auto byte : bytes) {
        word += hex[byte >> 4];
        word += hex[byte & 15];
    }
    return word;
}

} // namespace coupon
