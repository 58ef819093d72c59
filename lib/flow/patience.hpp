#pragma once

#include "core/instant.hpp"

#include <cstdint>

namespace coupon {

/// How long a call may take that brings a long list: the time of any call, and what so many entries take where they come in at 20,000 a
/// second, which is slower than any server here.
[[nodiscard]] inline Milliseconds time_for(std::int64_t entries, Milliseconds timeout) {
    constexpr std::int64_t entries_per_second = 20'000;
    return timeout + Milliseconds(entries * 1000 / entries_per_second);
}

} // namespace coupon
