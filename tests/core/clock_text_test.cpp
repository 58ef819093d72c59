#include "core/clock_text.hpp"
#include "core/rfc3339.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/clock_text");

namespace {

constexpr UtcOffset japan{540};

Instant at(const char* text) {
    return parse_rfc3339(text).value();
}

} // namespace

TEST_CASE("a time of another day than now's has its date") {
    struct Row {
        const char* moment;
        UtcOffset offset;
        const char* text;
    };
    const auto now = at("2026-12-01T00:30:00Z");
    for (const auto& row : {
             Row{"2026-12-01T01:00:00.999Z", japan, "10:00:00 +09:00"},
             Row{"2026-12-01T15:00:00Z", japan, "2026-12-02 00:00:00 +09:00"},
             Row{"2026-12-01T15:00:00Z", UtcOffset(0), "15:00:00 +00:00"},
             Row{"2026-11-30T23:59:59Z", UtcOffset(-30), "2026-11-30 23:29:59 -00:30"},
             Row{"2026-12-01T00:31:00Z", UtcOffset(-210), "21:01:00 -03:30"},
         }) {
        CAPTURE(row.moment);
        CHECK(clock_text(at(row.moment), row.offset, now) == row.text);
    }
}

TEST_CASE("a distance is told in the unit that is read at a glance") {
    struct Row {
        Milliseconds from_now;
        const char* text;
    };
    using namespace std::chrono_literals;
    for (const auto& row : {Row{0ms, "now"}, Row{499ms, "now"}, Row{-499ms, "now"}, Row{500ms, "in 1 s"}, Row{19'700ms, "in 20 s"},
                            Row{-20s, "20 s ago"}, Row{99s, "in 99 s"}, Row{100s, "in 2 min"}, Row{29min, "in 29 min"},
                            Row{100min, "in 2 h"}, Row{-47h, "47 h ago"}, Row{48h, "in 2 days"}, Row{240h, "in 10 days"}}) {
        CAPTURE(row.text);
        CHECK(distance_text(row.from_now) == row.text);
    }
}

TEST_CASE("a window says when users are let in, and when no longer") {
    struct Row {
        Window window;
        const char* text;
    };
    const auto now = at("2026-12-01T00:59:40Z");
    const auto ten = at("2026-12-01T01:00:00Z");
    const auto eleven = at("2026-12-01T02:00:00Z");
    for (const auto& row : {
             Row{{}, "open now"},
             Row{{now, {}}, "open now"},
             Row{{ten, {}}, "opens 10:00:00 +09:00 (in 20 s)"},
             Row{{{}, eleven}, "open now, closes 11:00:00 +09:00 (in 60 min)"},
             Row{{ten, eleven}, "opens 10:00:00 +09:00 (in 20 s), closes 11:00:00 +09:00 (in 60 min)"},
             Row{{{}, now}, "closed 09:59:40 +09:00 (now)"},
         }) {
        CHECK(window_text(row.window, japan, now) == row.text);
    }
}

TEST_SUITE_END();
