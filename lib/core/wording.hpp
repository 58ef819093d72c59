#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How programs spell numbers and lists for people.
namespace coupon {

/// A number with a comma between each three digits: 32,755.
[[nodiscard]] std::string grouped(std::int64_t number);

/// "1 coupon", "32,755 coupons".
[[nodiscard]] std::string counted_coupons(std::int64_t number);

/// "1 row", "2 rows".
[[nodiscard]] std::string counted(std::size_t count, const std::string& noun);
/// The same, or "- rows" of what was not read.
[[nodiscard]] std::string counted(std::optional<std::size_t> count, const std::string& noun);

/// All of them, with `between` between each two.
[[nodiscard]] std::string joined(const std::vector<std::string>& all, const std::string& between);

} // namespace coupon
