#include "core/user_id.hpp"

#include "core/decimal.hpp"

namespace coupon {

std::optional<UserId> parse_user_id(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value) return std::nullopt;
    return UserId(*value);
}

} // namespace coupon
