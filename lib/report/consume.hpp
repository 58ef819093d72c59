#pragma once

#include "flow/recover/dismiss.hpp"
#include "flow/recover/retry_failed.hpp"
#include "flow/worker/consume.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-consume prints when it ends.
namespace coupon {

inline constexpr const char* consume_schema = "coupon.consume/1";

[[nodiscard]] std::string consume_text(const ConsumeReport& report);
[[nodiscard]] std::string consume_json(const Heading& heading, const ConsumeReport& report);

/// What --retry-failed did.
[[nodiscard]] std::string retry_text(const RetryReport& report);
[[nodiscard]] std::string retry_json(const Heading& heading, const RetryReport& report);

/// What --dismiss would do.
[[nodiscard]] std::string dismissal_plan_text(const FailedCounts& found);
/// What --dismiss did.
[[nodiscard]] std::string dismiss_text(const DismissReport& report);
[[nodiscard]] std::string dismiss_json(const Heading& heading, const DismissReport& report);
/// One failed event on one line: where it lies, whose it is, why.
[[nodiscard]] std::string failed_event_text(const FailedEvent& failed);

} // namespace coupon
