#pragma once

#include "core/instant.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// A moment as RFC 3339 in UTC with milliseconds: 2026-05-09T10:00:00.000Z.
[[nodiscard]] std::string rfc3339(Instant moment);

/// A moment, and the clock it was told by.
struct ZonedTime {
    Instant moment;
    std::chrono::minutes offset{0}; ///< of that clock from UTC
};

/// The moment a text names: date, T, time to the second, up to nine digits of a fraction (what is finer than milliseconds is dropped), and
/// an offset, Z or +09:00. A time without an offset names no moment. No leap seconds. Years 1970 to 9999.
[[nodiscard]] std::optional<ZonedTime> parse_zoned_time(std::string_view text);
[[nodiscard]] std::optional<Instant> parse_rfc3339(std::string_view text);

} // namespace coupon
