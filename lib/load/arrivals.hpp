#pragma once

#include "core/user_id.hpp"
#include "load/permutation.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// A share of a whole in millionths, so that "10%" and "0.5%" are exact: 100,000 and 5,000.
struct Share {
    std::int64_t millionths = 0; ///< 0 to 1,000,000

    /// That share of `whole`, rounded to the nearest, halves up.
    [[nodiscard]] std::int64_t of(std::int64_t whole) const;
    friend auto operator<=>(const Share&, const Share&) = default;
};

/// Who applies in a flood and how often. `users` and `repeats` exclude each other. Without either each request is a different user.
struct FloodShape {
    std::int64_t requests = 1000;      ///< 1 or more
    std::optional<std::int64_t> users; ///< 1 or more: request i is user first_user + (i mod users), shuffled
    std::optional<Share> repeats;      ///< of the requests, those whose user has applied before
    UserId first_user{1};
    std::int64_t seed = 1;

    /// How many different users apply. REQUIRES: impossible_because() is empty.
    [[nodiscard]] std::int64_t distinct_users() const;
};

/// Why no flood can have this shape, one sentence naming the option, its value and what is allowed; empty when one can.
[[nodiscard]] std::string impossible_because(const FloodShape& shape);

/// The users of a flood in the order they apply. The same shape gives the same sequence on every machine; memory is constant.
class Arrivals {
public:
    /// REQUIRES: impossible_because(shape) is empty.
    explicit Arrivals(const FloodShape& shape);

    /// The user of request `index`, from 0 to requests - 1, in any order of asking.
    [[nodiscard]] UserId user(std::int64_t index) const;
    [[nodiscard]] std::int64_t size() const { return shape_.requests; }

private:
    [[nodiscard]] std::int64_t offset_with_repeats(std::int64_t index) const;

    FloodShape shape_;
    std::int64_t repeated_; ///< requests whose user has applied before
    Permutation order_;     ///< of the requests; with repeats, of all but the first
    Permutation users_;     ///< of the new users, with repeats
};

} // namespace coupon
