#include "core/redrive_pace.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace coupon {

TEST_SUITE("core/redrive_pace") {

    TEST_CASE("records that come back unissued are republished ever more seldom, up to once a minute") {
        RedrivePace pace(Milliseconds(2'000));
        Tick now = Tick{} + std::chrono::hours(1);
        CHECK(pace.is_due(now));
        std::vector<std::int64_t> pauses;
        for (int i = 0; i < 8; ++i) {
            pace.compared(3, now);
            CHECK_FALSE(pace.is_due(now + pace.pause() - Milliseconds(1)));
            now += pace.pause();
            CHECK(pace.is_due(now));
            pauses.push_back(pace.pause().count());
        }
        CHECK(pauses == std::vector<std::int64_t>{4'000, 8'000, 16'000, 32'000, 60'000, 60'000, 60'000, 60'000});
    }

    TEST_CASE("once none came back the interval is the usual one again") {
        RedrivePace pace(Milliseconds(2'000));
        const Tick now = Tick{} + std::chrono::hours(1);
        pace.compared(1, now);
        pace.compared(1, now);
        pace.compared(0, now);
        CHECK(pace.pause() == Milliseconds(2'000));
        CHECK(pace.is_due(now + Milliseconds(2'000)));
    }

    TEST_CASE("an interval above a minute stays as the operator set it") {
        RedrivePace pace(Milliseconds(90'000));
        pace.compared(1, Tick{});
        CHECK(pace.pause() == Milliseconds(90'000));
    }

} // TEST_SUITE

} // namespace coupon
