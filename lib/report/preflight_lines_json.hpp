#pragma once

#include "preflight/preflight.hpp"
#include "report/json.hpp"

namespace coupon {

/// Lines of a preflight, as coupon.preflight/1 and coupon.reset/1 have them.
[[nodiscard]] Json preflight_lines_json(const std::vector<PreflightLine>& lines);

} // namespace coupon
