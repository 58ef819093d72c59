#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// A counted thing that must not be mistaken for another counted thing.
template <class Tag>
class Number {
public:
    Number() = default;
    explicit constexpr Number(std::int64_t value) : value_(value) {}

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    [[nodiscard]] std::string text() const { return std::to_string(value_); }
    [[nodiscard]] constexpr Number next() const { return Number(value_ + 1); }
    friend auto operator<=>(Number, Number) = default;

private:
    std::int64_t value_ = 0;
};

using Round = Number<struct RoundTag>; ///< one run of an event, 1 and up; 0 means "none yet"
using Epoch = Number<struct EpochTag>; ///< a period in which the gate's memory is continuous, 1 and up within a round
using Slot = Number<struct SlotTag>;   ///< one of the places 1..N
using Limit = Number<struct LimitTag>; ///< N

inline constexpr std::int64_t smallest_limit = 1;
inline constexpr std::int64_t largest_limit = 10'000'000;

/// Where a round stands in the ledger: opening -> open <-> closed -> abandoned or purged.
enum class RoundState { opening, open, closed, abandoned, purged };

[[nodiscard]] const char* name_of(RoundState state);
[[nodiscard]] std::optional<RoundState> parse_round_state(std::string_view text);

} // namespace coupon
