#pragma once

#include "core/instant.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// A moment as RFC 3339 in UTC with milliseconds: 2026-05-09T10:00:00.000Z.
[[nodiscard]] std::string rfc3339(Instant moment);

/// The moment a text names: date, T, time to the second, up to nine digits of a fraction (what is finer than milliseconds is dropped), and
/// an offset, Z or +09:00. A time without an offset names no moment. No leap seconds. Years 1970 to 9999.
[[nodiscard]] std::optional<Instant> parse_rfc3339(std::string_view text);

} // namespace coupon
