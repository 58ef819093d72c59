#include "core/log_identity.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/log_identity");

TEST_CASE("a log that ends before a position that was reached is another log, and one that ends there or later may be the same") {
    CHECK(is_another_log(5, 4));
    CHECK(is_another_log(5, 0));
    CHECK_FALSE(is_another_log(5, 5));
    CHECK_FALSE(is_another_log(5, 6));
    CHECK_FALSE(is_another_log(0, 0));
}

TEST_SUITE_END();
