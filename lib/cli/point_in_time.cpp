#include "cli/point_in_time.hpp"

#include "core/rfc3339.hpp"

namespace coupon {

Spelling<PointInTime> point_in_time() {
    const auto relative = duration(Milliseconds(0));
    return {[relative](std::string_view text) -> std::optional<PointInTime> {
                if (!text.empty() && text.front() == '+') {
                    const auto later = relative.read(text.substr(1));
                    if (!later) return std::nullopt;
                    return PointInTime(*later);
                }
                const auto moment = parse_rfc3339(text);
                if (!moment) return std::nullopt;
                return PointInTime(*moment);
            },
            "a time such as 2026-05-09T10:00:00+09:00 (RFC 3339 with offset), or +30s, counted from the start of this program"};
}

Spelling<Instant> calendar_time() {
    return {[](std::string_view text) { return parse_rfc3339(text); }, "a time such as 2026-05-09T10:00:00+09:00 (RFC 3339 with offset)"};
}

Instant resolve(const PointInTime& point, const ClockReading& reading, Tick program_start) {
    if (const auto* moment = std::get_if<Instant>(&point)) return *moment;
    const auto start_by_gate = reading.gate_time - std::chrono::duration_cast<Milliseconds>(reading.read_at - program_start);
    return start_by_gate + std::get<Milliseconds>(point);
}

} // namespace coupon
