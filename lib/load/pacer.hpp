#pragma once

#include "core/instant.hpp"

#include <cstdint>

/// The shape of a load, pure: time and chance come in as arguments.
namespace coupon {

/// A number of things in a time, for example 100 per minute.
struct Rate {
    std::int64_t count = 1; ///< 1 or more
    Nanoseconds per{std::chrono::seconds(1)};

    friend bool operator==(const Rate&, const Rate&) = default;
};

/// A steady pace: the k-th thing (from 0) is due at k * per / count after the start, rounded down to the nanosecond. A pacer whose caller
/// was held up lets everything missed through at once; REQUIRES of a caller who must not burst to start a new pacer after an outage.
class Pacer {
public:
    explicit Pacer(Rate rate);

    /// When the thing after `sent` others is due, counted from the start.
    [[nodiscard]] Nanoseconds due(std::int64_t sent) const;
    /// How many things are due by `elapsed`, those sent already included. Agrees with due() to the nanosecond.
    [[nodiscard]] std::int64_t allowed(Nanoseconds elapsed) const;

private:
    Rate rate_;
};

} // namespace coupon
