#include "ledger/mysql/mysql_reset.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("ledger/mysql_reset");

TEST_CASE("a reset's lock has a name that any server takes") {
    CHECK(reset_lock_name("coupon", "spring") == "coupon-reset/coupon/spring");
    const std::string event(32, 'e');
    const auto one = reset_lock_name(std::string(64, 'a'), event);
    const auto two = reset_lock_name(std::string(63, 'a') + "b", event);
    CHECK(one.size() <= 64);
    CHECK(one.ends_with("/" + event));
    CHECK(one != two);
}

TEST_SUITE_END();
