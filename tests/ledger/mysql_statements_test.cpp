#include "ledger/mysql/mysql_statements.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("ledger/mysql_statements");

TEST_CASE("a statement is found by its name, without its comments") {
    CHECK(statement("coupon_count") == "SELECT COUNT(*) FROM coupon WHERE event = ? AND round = ?");
    CHECK(statement("session").starts_with("SET SESSION sql_mode"));
}

TEST_CASE("what stands in braces is repeated") {
    CHECK(repeated("coupons_of_users", 1) == "SELECT slot, user_id FROM coupon WHERE event = ? AND round = ? AND user_id IN (?)");
    CHECK(repeated("coupons_of_users", 3).ends_with("IN (?, ?, ?)"));
    CHECK(repeated("insert_abandoned_claims", 2).ends_with("VALUES (?, ?, ?, ?), (?, ?, ?, ?)"));
}

TEST_CASE("any number of rows is written with a few sizes, each filled") {
    for (std::size_t count = 1; count <= 1000; ++count) {
        std::size_t left = count;
        int statements = 0;
        for (; left > 0; ++statements) {
            REQUIRE(filled_size(left) <= left);
            left -= filled_size(left);
        }
        CHECK(statements <= static_cast<int>(count / largest_statement) + 9);
    }
    CHECK(filled_size(500) == 500);
    CHECK(filled_size(499) == 250);
    CHECK(filled_size(124) == 64);
    CHECK(filled_size(1) == 1);
}

TEST_CASE("any number of values is looked up with few statements, the last one not full") {
    CHECK(holding_size(1) == 1);
    CHECK(holding_size(2) == 2);
    CHECK(holding_size(3) == 4);
    CHECK(holding_size(64) == 64);
    CHECK(holding_size(65) == 125);
    CHECK(holding_size(10'000) == 500);
}

TEST_SUITE_END();
