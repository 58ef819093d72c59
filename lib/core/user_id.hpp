#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// One person who may apply. Any number from 0 to 9223372036854775807; the suite compares ids, it never computes with them.
class UserId {
public:
    UserId() = default;
    explicit constexpr UserId(std::int64_t value) : value_(value) {}

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    [[nodiscard]] std::string text() const { return std::to_string(value_); }
    friend auto operator<=>(UserId, UserId) = default;

private:
    std::int64_t value_ = 0;
};

/// The user a text names, or nullopt if it is not spelled as decimal.hpp demands.
[[nodiscard]] std::optional<UserId> parse_user_id(std::string_view text);

} // namespace coupon

template <>
struct std::hash<coupon::UserId> {
    std::size_t operator()(coupon::UserId user) const noexcept { return std::hash<std::int64_t>{}(user.value()); }
};
