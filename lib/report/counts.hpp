#pragma once

#include "flow/apply/apply.hpp"
#include "report/json.hpp"

#include <string>

namespace coupon {

/// "100 granted, 900 sold_out": the answers that came at least once, or "none".
[[nodiscard]] std::string counts_text(const AnswerCounts& counts);
/// All answers, those that never came with 0.
[[nodiscard]] Json counts_json(const AnswerCounts& counts);

} // namespace coupon
