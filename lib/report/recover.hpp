#pragma once

#include "flow/recover/recover.hpp"
#include "report/heading.hpp"

#include <optional>
#include <string>

/// What coupon-consume --recover prints.
namespace coupon {

inline constexpr const char* recover_schema = "coupon.recover/1";

/// The plan alone, as it is shown before somebody is asked; or the plan, what was done, and what is left.
[[nodiscard]] std::string recover_text(const RecoverReport& report);
/// `fault`: what ended it early.
[[nodiscard]] std::string recover_json(const Heading& heading, const RecoverReport& report, const std::optional<Fault>& fault);

} // namespace coupon
