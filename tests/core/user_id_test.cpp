#include "core/user_id.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <unordered_set>

using namespace coupon;

TEST_SUITE_BEGIN("core/user_id");

TEST_CASE("a user id is spelled as it was read") {
    for (const std::string text : {"0", "7", "9007199254740993", "9223372036854775807"}) {
        const auto user = parse_user_id(text);
        REQUIRE(user);
        CHECK(user->text() == text);
    }
    CHECK(parse_user_id("9223372036854775807")->value() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("two spellings of one number would be two users at the gate, so only one is read") {
    for (const char* text : {"", "-1", "+7", "07", " 7", "7.0", "1e3", "9223372036854775808", "\xef\xbc\x97"})
        CHECK_MESSAGE(!parse_user_id(text), text);
}

TEST_CASE("users are compared and hashed by their number") {
    CHECK(UserId(7) == *parse_user_id("7"));
    CHECK(UserId(7) < UserId(10));
    const std::unordered_set<UserId> users{UserId(1), UserId(2), UserId(1)};
    CHECK(users.size() == 2);
}

TEST_SUITE_END();
