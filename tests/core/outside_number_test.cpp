#include "core/outside_number.hpp"

#include "core/issue_record.hpp"
#include "core/quiescence.hpp"
#include "core/rfc3339.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace coupon;

TEST_SUITE_BEGIN("core/outside_number");

TEST_CASE("a count or a moment beyond its bound is read as none") {
    CHECK(parse_count("0") == 0);
    CHECK(parse_count("1000000000000000") == highest_count);
    CHECK(parse_instant("253402300799999") == Instant(Milliseconds(latest_ms)));
    CHECK(rfc3339(*parse_instant("253402300799999")) == "9999-12-31T23:59:59.999Z");
    for (const char* text : {"1000000000000001", "9223372036854775807", "9223372036854775808", "-1", "", "1.0"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_count(text));
        CHECK_FALSE(parse_instant(text));
    }
    CHECK_FALSE(parse_instant("253402300800000"));
    CHECK(is_offset(highest_count));
    for (const auto value : {std::int64_t{-1}, highest_count + 1, INT64_MAX, INT64_MIN})
        CHECK_FALSE(is_offset(value));
}

TEST_CASE("a record with a number that the suite never writes is undecodable, and names it") {
    const RawRecord good = encode({"promo", {Round(1), Epoch(2), Slot(3), UserId(4), Instant(Milliseconds(5))}});
    for (const std::string name : {"round", "epoch", "slot", "granted_at"}) {
        for (const std::string value : {"9223372036854775807", "1000000000000001"}) {
            CAPTURE(name);
            CAPTURE(value);
            auto raw = good;
            for (auto& header : raw.headers) {
                if (header.name == name) header.value = value;
            }
            const auto decoded = decode(raw);
            REQUIRE(std::holds_alternative<Undecodable>(decoded));
            CHECK(std::get<Undecodable>(decoded).reason.find("header " + name + " is beyond ") == 0);
        }
    }
}

TEST_CASE("the largest numbers that are taken can be computed with") {
    CHECK(Round(highest_count).next().value() == highest_count + 1);
    CHECK(PartitionLag{0, 0, highest_count, 0}.behind() == highest_count);
    CHECK(Instant(Milliseconds(latest_ms)) - Instant(Milliseconds(-latest_ms)) == Milliseconds(2 * latest_ms));
}

TEST_SUITE_END();
