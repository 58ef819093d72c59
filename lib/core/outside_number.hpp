#pragma once

#include "core/decimal.hpp"
#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Numbers that servers, records and files tell. Their bounds are far beyond anything that the suite makes, and so low that what is
/// computed with them (the next one, sums of some, another unit) cannot overflow. A number beyond is read as no number at all.
namespace coupon {

/// Of rounds, epochs, slots, claims and offsets. A Lua number is exact to here, too.
inline constexpr std::int64_t highest_count = 1'000'000'000'000'000;

/// The last millisecond of the year 9999, which is the last that RFC 3339 can spell.
inline constexpr std::int64_t latest_ms = 253'402'300'799'999;

/// A decimal number from 0 to `highest_count`.
[[nodiscard]] inline std::optional<std::int64_t> parse_count(std::string_view text) {
    const auto value = parse_decimal(text);
    return value && *value <= highest_count ? value : std::nullopt;
}

/// A moment in milliseconds since 1970, from 0 to `latest_ms`.
[[nodiscard]] inline std::optional<Instant> parse_instant(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value > latest_ms) return std::nullopt;
    return Instant(Milliseconds(*value));
}

/// What may be an offset on a topic, the one after the last included.
[[nodiscard]] constexpr bool is_offset(std::int64_t value) {
    return value >= 0 && value <= highest_count;
}

} // namespace coupon
