#include "cli/options/spelling.hpp"

#include "cli/options/point_in_time.hpp"
#include "core/rfc3339.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/spelling");

TEST_CASE("a duration has a whole number and a unit, a bare number counts seconds") {
    struct Row {
        std::string text;
        std::int64_t milliseconds; ///< -1: refused
    };
    for (const auto& [text, milliseconds] : std::vector<Row>{{"100ms", 100},
                                                             {"2s", 2000},
                                                             {"30s", 30000},
                                                             {"2m", 120000},
                                                             {"1h", 3600000},
                                                             {"7", 7000},
                                                             {"0", 0},
                                                             {"0ms", 0},
                                                             {"720h", 2592000000},
                                                             {"721h", -1},
                                                             {"", -1},
                                                             {"s", -1},
                                                             {"ms", -1},
                                                             {"-1s", -1},
                                                             {"+1s", -1},
                                                             {"1.5s", -1},
                                                             {"1 s", -1},
                                                             {"s1", -1},
                                                             {"1d", -1},
                                                             {"1S", -1},
                                                             {"01s", -1},
                                                             {"1s ", -1},
                                                             {" 1s", -1},
                                                             {"1sm", -1},
                                                             {"9223372036854775807h", -1},
                                                             {"99999999999999999999s", -1}}) {
        CAPTURE(text);
        const auto value = duration(Milliseconds(0)).read(text);
        CHECK(value.has_value() == (milliseconds >= 0));
        if (value) CHECK(value->count() == milliseconds);
    }
    CHECK_FALSE(duration(Milliseconds(1)).read("0"));
    CHECK(duration(Milliseconds(1)).read("1ms"));
}

TEST_CASE("a rate has a whole number and a unit of time") {
    CHECK(rate().read("100/m") == Rate{100, std::chrono::minutes(1)});
    CHECK(rate().read("10/s") == Rate{10, std::chrono::seconds(1)});
    CHECK(rate().read("6000/h") == Rate{6000, std::chrono::hours(1)});
    for (const char* text : {"", "/s", "100", "100/", "100/d", "0/m", "-1/s", "1.5/s", "100/m/s", "100 /m", "1000000001/s", "fast"}) {
        CAPTURE(text);
        CHECK_FALSE(rate().read(text));
    }
}

TEST_CASE("a share is a percentage, exact to a millionth") {
    struct Row {
        std::string text;
        std::int64_t millionths; ///< -1: refused
    };
    for (const auto& [text, millionths] : std::vector<Row>{{"0%", 0},
                                                           {"10%", 100000},
                                                           {"0.5%", 5000},
                                                           {"100%", 1000000},
                                                           {"0.0001%", 1},
                                                           {"100.0%", 1000000},
                                                           {"100.0001%", -1},
                                                           {"101%", -1},
                                                           {"10", -1},
                                                           {"", -1},
                                                           {"%", -1},
                                                           {"10.%", -1},
                                                           {".5%", -1},
                                                           {"-1%", -1},
                                                           {"1e1%", -1},
                                                           {"0.00001%", -1},
                                                           {"1.x%", -1}}) {
        CAPTURE(text);
        const auto value = share().read(text);
        CHECK(value.has_value() == (millionths >= 0));
        if (value) CHECK(value->millionths == millionths);
    }
}

TEST_CASE("numbers have bounds and one spelling") {
    const auto number = whole_number(1, 100);
    CHECK(number.read("1") == 1);
    CHECK(number.read("100") == 100);
    for (const char* text : {"0", "101", "", "-1", "+1", "01", " 1", "1 ", "1.0", "1e1", "0x1", "one"}) {
        CAPTURE(text);
        CHECK_FALSE(number.read(text));
    }
    CHECK(limit().read("10000000") == Limit(10'000'000));
    CHECK_FALSE(limit().read("10000001"));
    CHECK_FALSE(limit().read("0"));
}

TEST_CASE("failed events are selected by place, by places, or by kind") {
    const auto spelled = failed_selection();
    const auto places = [&](const char* text) {
        const auto read = spelled.read(text);
        REQUIRE_MESSAGE(read, text);
        return std::get<PlaceRange>(*read);
    };
    CHECK(places("0:17") == PlaceRange{0, 17, 17});
    CHECK(places("3:17-40") == PlaceRange{3, 17, 40});
    CHECK(places("3:0-0") == PlaceRange{3, 0, 0});
    CHECK(std::get<FailedKind>(*spelled.read("unsigned")) == FailedKind::not_signed);
    CHECK(std::get<FailedKind>(*spelled.read("too_large")) == FailedKind::too_large);
    for (const char* wrong : {"", ":", "0:", ":7", "0:7-", "0:-7", "0:7-6", "-1:7", "0:07", "0:7-8-9", "2147483648:7",
                              "0:9223372036854775808", "0 : 7", "Undecodable", "not_signed", "all", "0,7"})
        CHECK_MESSAGE(!spelled.read(wrong), wrong);
}

TEST_CASE("a sentence is printable text of some hundred bytes, in any script") {
    const auto spelled = sentence();
    for (const std::string good : {"x", "another team tested", "\xec\x8b\x9c\xed\x97\x98", "\xc2\xa0", "\xf0\x9f\x98\x80", "'; DROP TABLE"})
        CHECK_MESSAGE(spelled.read(good) == good, good);
    CHECK(spelled.read(std::string(500, 'x')));
    CHECK_FALSE(spelled.read(std::string(501, 'x')));
    for (const std::string wrong : {"", "a\nb", "a\x1b[31m", "\x7f", "\xc2\x85", "\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                    "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
        CHECK_MESSAGE(!spelled.read(wrong), wrong);
    CHECK_FALSE(spelled.read(std::string("a\0b", 3)));
}

TEST_CASE("names of topics and groups") {
    CHECK(topic_name().read("coupon_create.v-2"));
    for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a b"), std::string("a/b"),
                                    std::string("\xc3\xa9"), std::string(250, 'a')}) {
        CAPTURE(text);
        CHECK_FALSE(topic_name().read(text));
    }
    CHECK(group_name().read("coupon:issuer"));
    CHECK_FALSE(group_name().read("two words"));
    CHECK_FALSE(group_name().read(""));
}

TEST_CASE("a moment is a calendar time with its offset, or so long after the start of the program by the gate's clock") {
    const auto calendar = point_in_time().read("2026-05-09T10:00:00+09:00");
    REQUIRE(calendar);
    const Tick start{std::chrono::seconds(1000)};
    // The gate was asked 2 s after the start, and its clock showed 12:00:02.
    const ClockReading reading{*parse_rfc3339("2026-01-01T12:00:02Z"), start + std::chrono::seconds(2)};
    CHECK(rfc3339(resolve(*calendar, reading, start)) == "2026-05-09T01:00:00.000Z");
    const auto later = point_in_time().read("+30s");
    REQUIRE(later);
    CHECK(rfc3339(resolve(*later, reading, start)) == "2026-01-01T12:00:30.000Z");
    const auto at_once = point_in_time().read("now");
    REQUIRE(at_once);
    CHECK(rfc3339(resolve(*at_once, reading, start)) == "2026-01-01T12:00:00.000Z");
    CHECK(std::get<ZonedTime>(*calendar).offset == std::chrono::hours(9));
    for (const char* text : {"", "30s", "+", "+-1s", "++1s", "Now", "tomorrow", "2026-05-09T10:00:00", "-30s"}) {
        CAPTURE(text);
        CHECK_FALSE(point_in_time().read(text));
    }
}

TEST_CASE("a refusal shows the text escaped and what is allowed") {
    CHECK(invalid_value("\x1b[31m7\n", "a number") == R"(invalid value "\x1b[31m7\x0a": expected a number)");
}

TEST_SUITE_END();
