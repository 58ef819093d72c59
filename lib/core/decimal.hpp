#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coupon {

/// The number a text spells in the suite's one spelling: 1 to 19 ASCII digits, no sign, no leading zero, no blanks,
/// 0 to 9223372036854775807. Anything else is nullopt: "7", "07" and "+7" would be three users at the gate and one row.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text);

} // namespace coupon
