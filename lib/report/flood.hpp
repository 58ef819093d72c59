#pragma once

#include "flow/apply/flood_report.hpp"
#include "flow/apply/flood_settings.hpp"
#include "report/heading.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What coupon-flood prints.
namespace coupon {

inline constexpr const char* flood_schema = "coupon.flood/1";

/// A flood's result with what it was asked for.
struct FloodResult {
    const FloodReport& report;
    const FloodSettings& settings;
    std::vector<std::string> missed; ///< thresholds, one sentence each
};

/// Applications answered per second of the whole run.
[[nodiscard]] double per_second(const FloodReport& report);

/// Why the rate asked for was not reached, one sentence that names the slow side; empty when it was, or none was asked for. It was where
/// the application sent last was at most 10 ms, or a hundredth of the time before it, behind its schedule.
[[nodiscard]] std::string rate_missed_because(const FloodResult& result);

/// Why no user was granted, by the answer that most were told; empty where one was granted, or none was answered.
[[nodiscard]] std::string none_granted_because(const FloodReport& report);

[[nodiscard]] std::string flood_text(const FloodResult& result);
[[nodiscard]] std::string flood_json(const Heading& heading, const FloodResult& result);
/// The line that moves on a terminal.
[[nodiscard]] std::string flood_progress(const FloodReport& report, const FloodSettings& settings);

} // namespace coupon
