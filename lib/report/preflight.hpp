#pragma once

#include "preflight/preflight.hpp"
#include "report/audit.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-audit --preflight prints.
namespace coupon {

inline constexpr const char* preflight_schema = "coupon.preflight/1";

/// "ready", "not_ready" or "cannot_tell": the verdict.
[[nodiscard]] const char* verdict_of(const PreflightReport& report);
/// "gate-persistence is dangerous: appendonly no; what to do: ...", one line. Of a warning, which the log calls one, only its name.
[[nodiscard]] std::string preflight_sentence(const PreflightLine& line);
/// The verdict with the counts, then a line per check with what was found; below one that is not ok what it should be and what to do.
[[nodiscard]] std::string preflight_text(const PreflightReport& report, Colour colour);
[[nodiscard]] std::string preflight_json(const Heading& heading, const PreflightReport& report);

} // namespace coupon
