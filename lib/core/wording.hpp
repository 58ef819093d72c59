#pragma once

#include <cstdint>
#include <string>

/// How programs spell numbers for people.
namespace coupon {

/// A number with a comma between each three digits: 32,755.
[[nodiscard]] std::string grouped(std::int64_t number);

/// "1 coupon", "32,755 coupons".
[[nodiscard]] std::string counted_coupons(std::int64_t number);

} // namespace coupon
