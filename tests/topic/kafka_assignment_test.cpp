#include "topic/kafka/kafka_assignment.hpp"

#include <doctest/doctest.h>

#include <string>

namespace coupon {

namespace {

using namespace std::string_literals;

// Version 1, two topics: "other" with partition 7, "ours" with partitions 0 and 258, and no user data.
const std::string two_topics = "\0\1"s
                               "\0\0\0\2"s
                               "\0\5other"s
                               "\0\0\0\1\0\0\0\7"s
                               "\0\4ours"s
                               "\0\0\0\2\0\0\0\0\0\0\1\2"s
                               "\377\377\377\377"s;
constexpr std::size_t user_data = 4;

} // namespace

TEST_SUITE("topic/kafka_assignment") {

    TEST_CASE("the partitions of one topic are read out of a member's assignment") {
        CHECK(assigned_partitions(two_topics, "ours") == std::set<std::int32_t>{0, 258});
        CHECK(assigned_partitions(two_topics, "other") == std::set<std::int32_t>{7});
        CHECK(assigned_partitions(two_topics, "third") == std::set<std::int32_t>{});
        CHECK(assigned_partitions("", "ours") == std::set<std::int32_t>{});
    }

    TEST_CASE("an assignment that ends too early, or has impossible sizes, is none") {
        for (std::size_t size = 1; size < two_topics.size() - user_data; ++size) {
            CAPTURE(size);
            CHECK_FALSE(assigned_partitions(two_topics.substr(0, size), "ours"));
        }
        CHECK_FALSE(assigned_partitions("\0\1\177\377\377\377\0\1a\177\377\377\377"s, "ours"));
        CHECK_FALSE(assigned_partitions("\0\1\0\0\0\1\377\377"s, "ours"));
    }

} // TEST_SUITE

} // namespace coupon
