#pragma once

#include "flow/reset/reset.hpp"
#include "report/heading.hpp"

#include <optional>
#include <string>

/// What coupon-reset prints.
namespace coupon {

inline constexpr const char* reset_schema = "coupon.reset/1";

/// The steps and the warnings, one line each, the running round of a plan, and what the event is like now.
[[nodiscard]] std::string reset_text(const ResetReport& report);
/// `fault`: what ended the reset early.
[[nodiscard]] std::string reset_json(const Heading& heading, const ResetReport& report, const std::optional<Fault>& fault);

} // namespace coupon
