#include "core/decimal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;
using namespace std::string_literals;

TEST_SUITE_BEGIN("core/decimal");

TEST_CASE("a number has one spelling, from 0 to 2^63-1") {
    struct Row {
        const char* text;
        std::int64_t value;
    };
    for (const auto& row : {Row{"0", 0}, Row{"7", 7}, Row{"10", 10}, Row{"1000000000000000000", 1'000'000'000'000'000'000},
                            Row{"9007199254740993", 9007199254740993}, Row{"9223372036854775807", INT64_MAX}})
        CHECK(parse_decimal(row.text) == row.value);
}

TEST_CASE("every other text is no number") {
    for (const auto& text : {""s,
                             "-"s,
                             "-1"s,
                             "-0"s,
                             "+7"s,
                             "007"s,
                             "00"s,
                             " 7"s,
                             "7 "s,
                             "7\n"s,
                             "7.0"s,
                             "7,0"s,
                             "1e3"s,
                             "0x10"s,
                             "1_000"s,
                             "9223372036854775808"s,
                             "9999999999999999999"s,
                             "18446744073709551615"s,
                             "00000000000000000000"s,
                             std::string(40, '9'),
                             "\xef\xbc\x97"s,
                             "\xd9\xa7"s,
                             "7\0"s,
                             "\0"s,
                             "\0007"s,
                             "7\r\n"s,
                             "\x1b[7m"s,
                             std::string(1U << 16U, '1'),
                             "\xff\xfe"s,
                             "%s%n"s,
                             "'7'"s,
                             "{7}"s,
                             "*"s,
                             "--help"s,
                             "NaN"s})
        CHECK_MESSAGE(!parse_decimal(text), text.substr(0, 40));
}

TEST_SUITE_END();
