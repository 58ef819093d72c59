#include "cli/system_world.hpp"

#include "cli/stop_signal.hpp"

#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>

namespace coupon {

namespace {

void fill_with_random(std::span<unsigned char> bytes) {
    while (!bytes.empty()) {
        const auto count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno != EINTR) throw std::runtime_error("the kernel gives no random numbers");
        if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

} // namespace

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

void SystemWorld::pause(Milliseconds most, Waker& waker) {
    waker.wait(most);
}

bool SystemWorld::stopping() const {
    return stop_requested();
}

bool SystemWorld::status_asked() {
    return take_status_request();
}

std::string SystemWorld::random_word() {
    static constexpr char hex[] = "0123456789abcdef";
    constexpr std::size_t length = 16;
    // Many words' worth at a time: a call of the kernel for each application is a good part of what it costs.
    thread_local std::array<unsigned char, 256 * length> pool{};
    thread_local std::size_t used = pool.size();
    if (used == pool.size()) {
        fill_with_random(pool);
        used = 0;
    }
    std::string word(2 * length, '0');
    for (std::size_t i = 0; i < length; ++i) {
        const auto byte = pool[used++];
        word[2 * i] = hex[byte >> 4];
        word[2 * i + 1] = hex[byte & 15];
    }
    return word;
}

} // namespace coupon
