#include "core/rfc3339.hpp"

#include <cstdio>

namespace coupon {

namespace {

/// Takes what the text starts with, piece by piece; after the first mismatch nothing matches any more.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// A number of exactly so many digits.
    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    bool skip(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char wanted) {
        if (!skip(wanted)) fail();
    }

    /// The milliseconds of a fraction of one to nine digits.
    int fraction() {
        int value = 0;
        std::size_t count = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
            if (count < 3) value = value * 10 + (rest_[count] - '0');
            ++count;
        }
        if (count < 1 || count > 9) return fail();
        for (std::size_t i = count; i < 3; ++i)
            value *= 10;
        rest_.remove_prefix(count);
        return value;
    }

    [[nodiscard]] bool is_complete() const { return ok_ && rest_.empty(); }

private:
    int fail() {
        ok_ = false;
        return 0;
    }

    std::string_view rest_;
    bool ok_ = true;
};

} // namespace

std::string rfc3339(Instant moment) {
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()));
    return text;
}

std::optional<ZonedTime> parse_zoned_time(std::string_view text) {
    Scanner scan(text);
    const int year = scan.digits(4);
    scan.expect('-');
    const int month = scan.digits(2);
    scan.expect('-');
    const int day = scan.digits(2);
    scan.expect('T');
    const int hour = scan.digits(2);
    scan.expect(':');
    const int minute = scan.digits(2);
    scan.expect(':');
    const int second = scan.digits(2);
    const int millisecond = scan.skip('.') ? scan.fraction() : 0;
    std::chrono::minutes offset{0};
    if (!scan.skip('Z')) {
        const bool is_west = scan.skip('-');
        if (!is_west) scan.expect('+');
        const int hours = scan.digits(2);
        scan.expect(':');
        const int minutes = scan.digits(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset = std::chrono::minutes((is_west ? -1 : 1) * (hours * 60 + minutes));
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!scan.is_complete() || !date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const Instant local = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                          std::chrono::seconds(second) + Milliseconds(millisecond);
    return ZonedTime{local - offset, offset};
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    const auto time = parse_zoned_time(text);
    return time ? std::optional(time->moment) : std::nullopt;
}

} // namespace coupon
