#include "core/decimal.hpp"

#include <utility>

namespace coupon {

std::optional<std::int64_t> parse_decimal(std::string_view text) {
    constexpr std::size_t most_digits = 19;
    constexpr std::uint64_t base = 10;
    if (text.empty() || text.size() > most_digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0; // 19 digits fit
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit >= base) return std::nullopt;
        value = base * value + digit;
    }
    if (!std::in_range<std::int64_t>(value)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

} // namespace coupon
