#include "core/rfc3339.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/rfc3339");

TEST_CASE("a moment is written in UTC with milliseconds") {
    CHECK(rfc3339(Instant{}) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(Instant(Milliseconds(1'709'164'800'007))) == "2024-02-29T00:00:00.007Z");
}

TEST_CASE("what is written is read back, and an offset is taken away") {
    struct Row {
        const char* text;
        const char* moment;
    };
    for (const Row& row :
         {Row{"2026-05-09T10:00:00.000Z", "2026-05-09T10:00:00.000Z"}, Row{"2026-05-09T10:00:00Z", "2026-05-09T10:00:00.000Z"},
          Row{"2026-05-09T10:00:00+09:00", "2026-05-09T01:00:00.000Z"}, Row{"2026-05-09T23:30:00-01:30", "2026-05-10T01:00:00.000Z"},
          Row{"2024-02-29T00:00:00.5Z", "2024-02-29T00:00:00.500Z"}, Row{"2026-05-09T10:00:00.123456789Z", "2026-05-09T10:00:00.123Z"}}) {
        CAPTURE(row.text);
        const auto moment = parse_rfc3339(row.text);
        REQUIRE(moment);
        CHECK(rfc3339(*moment) == row.moment);
    }
}

TEST_CASE("anything else names no moment") {
    for (const char* text :
         {"", "now", "2026-05-09", "2026-05-09T10:00:00", "2026-05-09 10:00:00Z", "2026-5-9T10:00:00Z", "2026-02-29T10:00:00Z",
          "2026-13-01T10:00:00Z", "2026-05-09T24:00:00Z", "2026-05-09T10:60:00Z", "2026-05-09T10:00:60Z", "2026-05-09T10:00:00.Z",
          "2026-05-09T10:00:00.1234567890Z", "2026-05-09T10:00:00+0900", "2026-05-09T10:00:00+24:00", "2026-05-09T10:00:00Z ",
          "-026-05-09T10:00:00Z", "1969-12-31T23:59:59Z", "2026-05-09T10:00:00z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text));
    }
}

TEST_SUITE_END();
