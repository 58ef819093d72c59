#pragma once

#include "flow/apply/apply.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-apply prints: a line for each user, and the counts at the end of a long input.
namespace coupon {

inline constexpr const char* apply_schema = "coupon.apply/1";

/// "7 granted slot 3 published"
[[nodiscard]] std::string apply_line_text(const Told& told);
/// {"schema":"coupon.apply/1","user":"7","answer":"granted","slot":3,"level":"published","reason":""}; slot and level are null where there
/// is none.
[[nodiscard]] std::string apply_line_json(const Told& told);

[[nodiscard]] std::string apply_counts_text(const ApplyReport& report);
/// One line with the heading, the counts, and whether everybody was asked for.
[[nodiscard]] std::string apply_counts_json(const Heading& heading, const ApplyReport& report);
/// The same line when no user could be asked for: the heading and what stood in the way.
[[nodiscard]] std::string apply_fault_json(const Heading& heading, const Fault& fault);

} // namespace coupon
