#pragma once

#include "core/instant.hpp"

#include <algorithm>
#include <cstdint>

namespace coupon {

/// Of ten million entries, the largest limit there is, and as many again.
inline constexpr Milliseconds longest_list{1'000'000};

/// How long a call may take that brings a long list: the time of any call, and what this number of entries takes where they come in at
/// 20,000 a second, which is slower than any server here. The number may be a server's word, so there is an end to it.
[[nodiscard]] inline Milliseconds time_for(std::int64_t entries, Milliseconds timeout) {
    constexpr std::int64_t entries_per_ms = 20;
    return timeout + std::clamp(Milliseconds(entries / entries_per_ms), Milliseconds(0), longest_list);
}

} // namespace coupon
