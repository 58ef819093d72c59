#include "cli/options/point_in_time.hpp"

#include <ctime>

namespace coupon {

Spelling<PointInTime> point_in_time() {
    const auto relative = duration(Milliseconds(0));
    return {[relative](std::string_view text) -> std::optional<PointInTime> {
                if (text == "now") return PointInTime(Milliseconds(0));
                if (!text.empty() && text.front() == '+') {
                    const auto later = relative.read(text.substr(1));
                    if (!later) return std::nullopt;
                    return PointInTime(*later);
                }
                const auto time = parse_zoned_time(text);
                if (!time) return std::nullopt;
                return PointInTime(*time);
            },
            "a time such as 2026-05-09T10:00:00+09:00 (RFC 3339 with offset), now, or +30s, counted from the start of this program"};
}

Spelling<Instant> calendar_time() {
    return {[](std::string_view text) { return parse_rfc3339(text); }, "a time such as 2026-05-09T10:00:00+09:00 (RFC 3339 with offset)"};
}

Instant resolve(const PointInTime& point, const ClockReading& reading, Tick program_start) {
    if (const auto* time = std::get_if<ZonedTime>(&point)) return time->moment;
    const auto start_by_gate = reading.gate_time - std::chrono::duration_cast<Milliseconds>(reading.read_at - program_start);
    return start_by_gate + std::get<Milliseconds>(point);
}

UtcOffset local_utc_offset(Instant moment) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return UtcOffset(0);
    return std::chrono::floor<UtcOffset>(std::chrono::seconds(local.tm_gmtoff));
}

} // namespace coupon
