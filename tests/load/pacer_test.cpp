#include "load/pacer.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace coupon;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("load/pacer");

TEST_CASE("things are due evenly, the first one at once") {
    struct Case {
        Rate rate;
        std::int64_t sent;
        Nanoseconds due;
    };
    for (const auto& [rate, sent, due] :
         {Case{{100, 1s}, 0, 0ns}, Case{{100, 1s}, 1, 10ms}, Case{{100, 1s}, 100, 1s}, Case{{600, 1min}, 99, 9900ms},
          Case{{3, 1s}, 1, 333'333'333ns}, Case{{3, 1s}, 3, 1s}, Case{{1, 1h}, 24, 24h}, Case{{100'000, 1min}, 1'000'000'000, 10'000min}}) {
        CAPTURE(sent);
        CHECK(Pacer(rate).due(sent) == due);
    }
}

TEST_CASE("so many are allowed as are due") {
    struct Case {
        Rate rate;
        Nanoseconds elapsed;
        std::int64_t allowed;
    };
    for (const auto& [rate, elapsed, allowed] : {Case{{100, 1s}, -1ns, 0}, Case{{100, 1s}, 0ns, 1}, Case{{100, 1s}, 10ms - 1ns, 1},
                                                 Case{{100, 1s}, 10ms, 2}, Case{{100, 1s}, 1s, 101}, Case{{3, 1s}, 333'333'332ns, 1},
                                                 Case{{3, 1s}, 333'333'333ns, 2}, Case{{100'000, 1min}, 10'000min, 1'000'000'001}}) {
        CAPTURE(elapsed.count());
        CHECK(Pacer(rate).allowed(elapsed) == allowed);
    }
}

TEST_CASE("due and allowed agree to the nanosecond, for any rate") {
    std::mt19937_64 chance(1);
    for (int round = 0; round < 2000; ++round) {
        const Rate rate{static_cast<std::int64_t>(chance() % 1'000'000 + 1),
                        Nanoseconds(static_cast<std::int64_t>(chance() % 100'000'000'000 + 1))};
        const auto sent = static_cast<std::int64_t>(chance() % 1'000'000);
        const Pacer pacer(rate);
        CAPTURE(rate.count);
        CAPTURE(rate.per.count());
        CAPTURE(sent);
        CHECK(pacer.allowed(pacer.due(sent)) > sent);
        if (sent > 0) CHECK(pacer.allowed(pacer.due(sent) - 1ns) <= sent);
        CHECK(pacer.due(sent + 1) >= pacer.due(sent));
    }
}

TEST_SUITE_END();
