#include "core/clock_text.hpp"

#include <array>
#include <cstdio>

namespace coupon {

namespace {

struct Unit {
    Milliseconds size;
    Milliseconds up_to; ///< from here on the next unit is more readable
    const char* name;
};

constexpr std::array units{
    Unit{std::chrono::seconds(1), std::chrono::seconds(100), " s"}, Unit{std::chrono::minutes(1), std::chrono::minutes(100), " min"},
    Unit{std::chrono::hours(1), std::chrono::hours(48), " h"}, Unit{std::chrono::days(1), Milliseconds::max(), " days"}};

std::string length_text(Milliseconds length) {
    for (const auto& unit : units) {
        if (length >= unit.up_to) continue;
        return std::to_string((length + unit.size / 2) / unit.size) + unit.name;
    }
    return {};
}

std::string moment_text(const char* verb, Instant moment, UtcOffset offset, Instant now) {
    return verb + clock_text(moment, offset, now) + " (" + distance_text(moment - now) + ")";
}

} // namespace

std::string clock_text(Instant moment, UtcOffset offset, Instant now) {
    const auto local = moment + offset;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(local - day));
    const std::chrono::hh_mm_ss shift(std::chrono::abs(offset));
    std::array<char, 64> text{};
    if (day != std::chrono::floor<std::chrono::days>(now + offset)) {
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02u ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()));
    }
    std::string out = text.data();
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d %c%02d:%02d", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()), offset.count() < 0 ? '-' : '+',
                  static_cast<int>(shift.hours().count()), static_cast<int>(shift.minutes().count()));
    return out + text.data();
}

std::string distance_text(Milliseconds from_now) {
    const auto length = length_text(std::chrono::abs(from_now));
    if (length == "0 s") return "now";
    return from_now.count() < 0 ? length + " ago" : "in " + length;
}

std::string window_text(const Window& window, UtcOffset offset, Instant now) {
    const bool is_over = window.closes_at && *window.closes_at <= now;
    if (is_over) return moment_text("closed ", *window.closes_at, offset, now);
    const bool is_open = !window.opens_at || *window.opens_at <= now;
    std::string text = is_open ? "open now" : moment_text("opens ", *window.opens_at, offset, now);
    if (window.closes_at) text += ", " + moment_text("closes ", *window.closes_at, offset, now);
    return text;
}

} // namespace coupon
