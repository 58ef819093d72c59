#include "load/arrivals.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace coupon {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t largest_user = std::numeric_limits<std::int64_t>::max();

std::int64_t repeated_requests(const FloodShape& shape) {
    return shape.repeats ? shape.repeats->of(shape.requests) : 0;
}

std::uint64_t seed_of(const FloodShape& shape, std::uint64_t purpose) {
    return mixed(static_cast<std::uint64_t>(shape.seed) ^ mixed(purpose));
}

enum Purpose : std::uint64_t { order_of_requests = 1, order_of_users = 2, whom_to_repeat = 3 };

} // namespace

std::int64_t Share::of(std::int64_t whole) const {
    // Split, because whole * millionths may leave 64 bits.
    return whole / million * millionths + (whole % million * millionths + million / 2) / million;
}

std::int64_t FloodShape::distinct_users() const {
    if (users) return std::min(*users, requests);
    return requests - repeated_requests(*this);
}

std::string impossible_because(const FloodShape& shape) {
    if (shape.requests < 1) return "--requests is " + std::to_string(shape.requests) + ", it must be 1 or more";
    if (shape.users && shape.repeats) return "--users and --repeats exclude each other: give one of them";
    if (shape.users && *shape.users < 1) return "--users is " + std::to_string(*shape.users) + ", it must be 1 or more";
    if (shape.repeats && (shape.repeats->millionths < 0 || shape.repeats->millionths > million))
        return "--repeats is " + std::to_string(shape.repeats->millionths) + " millionths, it must be 0 % to 100 %";
    if (repeated_requests(shape) >= shape.requests) {
        return "--repeats leaves none of " + std::to_string(shape.requests) +
               " requests for a new user: the first has nobody to repeat, allow one at least";
    }
    if (shape.first_user.value() < 0) return "--first-user is " + shape.first_user.text() + ", it must be 0 or more";
    if (shape.distinct_users() - 1 > largest_user - shape.first_user.value()) {
        return "--first-user " + shape.first_user.text() + " leaves no room for " + std::to_string(shape.distinct_users()) +
               " users, the highest user id is " + std::to_string(largest_user);
    }
    return {};
}

Arrivals::Arrivals(const FloodShape& shape)
    : shape_(shape), repeated_(repeated_requests(shape)),
      order_(shape.repeats ? shape.requests - 1 : shape.requests, seed_of(shape, order_of_requests)),
      users_(shape.distinct_users(), seed_of(shape, order_of_users)) {
    assert(impossible_because(shape).empty());
}

UserId Arrivals::user(std::int64_t index) const {
    assert(index >= 0 && index < shape_.requests);
    std::int64_t offset = 0;
    if (shape_.repeats) {
        offset = offset_with_repeats(index);
    } else {
        offset = order_.at(index);
        if (shape_.users) offset %= *shape_.users;
    }
    return UserId(shape_.first_user.value() + offset);
}

std::int64_t Arrivals::offset_with_repeats(std::int64_t index) const {
    // The requests after the first stand in a shuffled row: the first `repeated_` of the row repeat somebody, the others are the new users
    // 1, 2, and so on. Who repeats a request that repeats itself goes on back; the first request is always new.
    const auto chance = seed_of(shape_, whom_to_repeat);
    while (index > 0) {
        const auto place = order_.at(index - 1);
        if (place >= repeated_) return users_.at(place - repeated_ + 1);
        index = static_cast<std::int64_t>(mixed(chance ^ static_cast<std::uint64_t>(index)) % static_cast<std::uint64_t>(index));
    }
    return users_.at(0);
}

} // namespace coupon
