#include "core/event_name.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;
using namespace std::string_literals;

TEST_SUITE_BEGIN("core/event_name");

TEST_CASE("event names are short and made of small letters, digits, underscore and minus") {
    for (const auto& text : {"a"s, "0"s, "coupon"s, "spring-sale_2026"s, "a-"s, "a_"s, std::string(32, 'z')}) {
        const auto name = EventName::parse(text);
        REQUIRE_MESSAGE(name, text);
        CHECK(name->text() == text);
    }
}

TEST_CASE("whatever could mean something to Redis, SQL, a format or a shell is no event name") {
    for (const auto& text : {""s,         std::string(33, 'a'),
                             "-a"s,       "_a"s,
                             "A"s,        "aB"s,
                             "a b"s,      " a"s,
                             "a\n"s,      "a\0"s,
                             "a\0b"s,     "{a}"s,
                             "a:b"s,      "a%n"s,
                             "a*"s,       "a?"s,
                             "a/b"s,      "../a"s,
                             "a.b"s,      "a'b"s,
                             "a\"b"s,     "a;b"s,
                             "$a"s,       "--help"s,
                             "\xc3\xa4"s, "\x1b[1m"s})
        CHECK_MESSAGE(!EventName::parse(text), text);
}

TEST_SUITE_END();
