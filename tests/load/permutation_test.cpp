#include "load/permutation.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <vector>

using namespace coupon;

namespace {

std::vector<std::int64_t> all_of(std::int64_t size, std::uint64_t seed) {
    const Permutation shuffle(size, seed);
    std::vector<std::int64_t> values;
    for (std::int64_t index = 0; index < size; ++index)
        values.push_back(shuffle.at(index));
    return values;
}

} // namespace

TEST_SUITE_BEGIN("load/permutation");

TEST_CASE("the generator is splitmix64, by its published values for the seed 1234567") {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15U;
    CHECK(mixed(1234567) == 6457827717110365317U);
    CHECK(mixed(1234567 + step) == 3203168211198807973U);
    CHECK(mixed(1234567 + 2 * step) == 9817491932198370423U);
}

TEST_CASE("every value of the range comes exactly once, whatever the size and the seed") {
    for (const std::int64_t size : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 100, 1000, 4096, 4097, 100'000}) {
        for (const std::uint64_t seed : {0U, 1U, 42U}) {
            CAPTURE(size);
            CAPTURE(seed);
            const auto values = all_of(size, seed);
            const std::set<std::int64_t> distinct(values.begin(), values.end());
            CHECK(static_cast<std::int64_t>(distinct.size()) == size);
            CHECK(*distinct.begin() == 0);
            CHECK(*distinct.rbegin() == size - 1);
        }
    }
}

TEST_CASE("the largest range there is works") {
    constexpr auto size = std::numeric_limits<std::int64_t>::max();
    const Permutation shuffle(size, 1);
    std::set<std::int64_t> seen;
    for (const std::int64_t index : {std::int64_t{0}, std::int64_t{1}, size / 2, size - 2, size - 1}) {
        const auto value = shuffle.at(index);
        CHECK(value >= 0);
        CHECK(value < size);
        seen.insert(value);
    }
    CHECK(seen.size() == 5);
}

TEST_CASE("the order is shuffled: few values stay, and neighbours do not stay neighbours") {
    const auto values = all_of(10'000, 7);
    int fixed = 0;
    int neighbours = 0;
    for (std::size_t index = 0; index + 1 < values.size(); ++index) {
        fixed += values[index] == static_cast<std::int64_t>(index) ? 1 : 0;
        neighbours += values[index + 1] == values[index] + 1 ? 1 : 0;
    }
    // A random order has one of each on the average; more than ten has a chance below one in ten million.
    CHECK(fixed <= 10);
    CHECK(neighbours <= 10);
}

TEST_CASE("the seed decides the order") {
    CHECK(all_of(1000, 5) == all_of(1000, 5));
    CHECK(all_of(1000, 5) != all_of(1000, 6));
}

TEST_SUITE_END();
