#include "load/arrivals.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <vector>

using namespace coupon;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

FloodShape shape_of(std::int64_t requests) {
    FloodShape shape;
    shape.requests = requests;
    return shape;
}

FloodShape with_users(std::int64_t requests, std::int64_t users) {
    auto shape = shape_of(requests);
    shape.users = users;
    return shape;
}

FloodShape with_repeats(std::int64_t requests, std::int64_t millionths) {
    auto shape = shape_of(requests);
    shape.repeats = Share{millionths};
    return shape;
}

std::vector<std::int64_t> users_of(const FloodShape& shape) {
    const Arrivals arrivals(shape);
    std::vector<std::int64_t> users;
    for (std::int64_t index = 0; index < arrivals.size(); ++index)
        users.push_back(arrivals.user(index).value());
    return users;
}

std::int64_t repeats_in(const std::vector<std::int64_t>& users) {
    const std::set<std::int64_t> distinct(users.begin(), users.end());
    return static_cast<std::int64_t>(users.size() - distinct.size());
}

} // namespace

TEST_SUITE_BEGIN("load/arrivals");

TEST_CASE("without more said each request is a different user, first_user and the next ones, shuffled") {
    for (const std::int64_t requests : {1, 2, 3, 10, 1000, 12'345}) {
        CAPTURE(requests);
        auto shape = shape_of(requests);
        shape.first_user = UserId(500);
        auto users = users_of(shape);
        if (requests > 100) CHECK_FALSE(std::is_sorted(users.begin(), users.end()));
        std::sort(users.begin(), users.end());
        for (std::int64_t index = 0; index < requests; ++index)
            REQUIRE(users[static_cast<std::size_t>(index)] == 500 + index);
    }
}

TEST_CASE("with users each user comes as often as first_user + (i mod users) says") {
    struct Case {
        std::int64_t requests, users;
    };
    for (const auto& [requests, users] :
         {Case{1000, 10}, Case{1000, 1}, Case{1003, 10}, Case{10, 1000}, Case{1, 1}, Case{100'000, 50'000}}) {
        CAPTURE(requests);
        CAPTURE(users);
        auto shape = with_users(requests, users);
        shape.first_user = UserId(7);
        std::map<std::int64_t, std::int64_t> expected;
        for (std::int64_t index = 0; index < requests; ++index)
            ++expected[7 + index % users];
        std::map<std::int64_t, std::int64_t> came;
        for (const auto user : users_of(shape))
            ++came[user];
        CHECK(came == expected);
        CHECK(shape.distinct_users() == static_cast<std::int64_t>(expected.size()));
    }
}

TEST_CASE("with repeats exactly that share of the requests has a user who applied before") {
    struct Case {
        std::int64_t requests, millionths, repeats;
    };
    for (const auto& [requests, millionths, repeats] :
         {Case{1000, 100'000, 100}, Case{1000, 0, 0}, Case{15, 100'000, 2}, Case{14, 100'000, 1}, Case{1000, 999'000, 999},
          Case{3, 333'333, 1}, Case{1, 0, 0}, Case{50'000, 500'000, 25'000}, Case{1000, 5'000, 5}}) {
        CAPTURE(requests);
        CAPTURE(millionths);
        const auto shape = with_repeats(requests, millionths);
        REQUIRE(impossible_because(shape).empty());
        const auto users = users_of(shape);
        CHECK(repeats_in(users) == repeats);
        const auto [lowest, highest] = std::minmax_element(users.begin(), users.end());
        CHECK(*lowest == 1);
        CHECK(*highest == requests - repeats);
        CHECK(shape.distinct_users() == requests - repeats);
    }
}

TEST_CASE("repeats are spread over the whole flood and over many users") {
    const auto users = users_of(with_repeats(10'000, 500'000));
    std::set<std::int64_t> seen;
    std::set<std::int64_t> repeated;
    std::vector<int> repeats_of_tenth(10);
    for (std::size_t index = 0; index < users.size(); ++index) {
        if (seen.insert(users[index]).second) continue;
        ++repeats_of_tenth[index / 1000];
        repeated.insert(users[index]);
    }
    for (const auto repeats : repeats_of_tenth) {
        CHECK(repeats > 400);
        CHECK(repeats < 600);
    }
    CHECK(repeated.size() > 1000);
}

TEST_CASE("the same shape gives the same sequence on every machine") {
    auto shape = shape_of(1'000'000);
    shape.seed = 42;
    const Arrivals plain(shape);
    shape.users = 1000;
    const Arrivals of_users(shape);
    shape.users.reset();
    shape.repeats = Share{100'000};
    const Arrivals repeating(shape);
    struct Case {
        std::int64_t index, plain, of_users, repeating;
    };
    for (const auto& row : {Case{0, 258543, 543, 666210}, Case{1, 854258, 258, 387888}, Case{2, 171197, 197, 717742},
                            Case{3, 647394, 394, 176450}, Case{499999, 274615, 615, 123088}, Case{999999, 74674, 674, 648859}}) {
        CAPTURE(row.index);
        CHECK(plain.user(row.index).value() == row.plain);
        CHECK(of_users.user(row.index).value() == row.of_users);
        CHECK(repeating.user(row.index).value() == row.repeating);
    }
}

TEST_CASE("another seed gives another order of the same users") {
    auto shape = shape_of(1000);
    auto first = users_of(shape);
    shape.seed = 2;
    auto second = users_of(shape);
    CHECK(first != second);
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    CHECK(first == second);
}

TEST_CASE("a shape is possible or a sentence says why not") {
    auto at_the_end = shape_of(1000);
    at_the_end.first_user = UserId(largest - 999);
    auto beyond = at_the_end;
    beyond.first_user = UserId(largest - 998);
    auto few_users = with_users(1000, 10);
    few_users.first_user = UserId(largest - 9);
    auto repeated = with_repeats(1000, 100'000);
    repeated.first_user = UserId(largest - 899);
    auto both = with_users(10, 5);
    both.repeats = Share{1};
    auto negative = shape_of(1);
    negative.first_user = UserId(-1);
    struct Case {
        FloodShape shape;
        const char* names; ///< part of the sentence; empty: possible
    };
    for (const auto& [shape, names] :
         {Case{shape_of(1), ""}, Case{shape_of(0), "--requests"}, Case{shape_of(-1), "--requests"}, Case{shape_of(largest), ""},
          Case{at_the_end, ""}, Case{beyond, "no room for 1000 users"}, Case{with_users(10, 0), "--users"}, Case{few_users, ""},
          Case{repeated, ""}, Case{with_repeats(1, 1'000'000), "nobody to repeat"}, Case{with_repeats(1000, 1'000'000), "nobody to repeat"},
          Case{with_repeats(10, -1), "--repeats"}, Case{with_repeats(10, 1'000'001), "--repeats"}, Case{both, "exclude each other"},
          Case{negative, "--first-user"}}) {
        const auto why = impossible_because(shape);
        CAPTURE(why);
        CAPTURE(names);
        CHECK(why.empty() == std::string(names).empty());
        CHECK(why.find(names) != std::string::npos);
    }
    CHECK(Arrivals(at_the_end).user(0).value() >= largest - 999);
}

TEST_CASE("a share is exact and rounds halves up, also of the largest number") {
    struct Case {
        std::int64_t millionths, whole, part;
    };
    for (const auto& [millionths, whole, part] :
         {Case{100'000, 1000, 100}, Case{100'000, 15, 2}, Case{100'000, 14, 1}, Case{0, 1000, 0}, Case{1'000'000, largest, largest},
          Case{500'000, 3, 2}, Case{1, 499'999, 0}, Case{1, 500'000, 1}, Case{5'000, 1000, 5}}) {
        CAPTURE(millionths);
        CAPTURE(whole);
        CHECK(Share{millionths}.of(whole) == part);
    }
}

TEST_SUITE_END();
