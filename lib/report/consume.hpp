#pragma once

#include "core/retry_outcome.hpp"
#include "flow/consume.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-consume prints when it ends.
namespace coupon {

inline constexpr const char* consume_schema = "coupon.consume/1";

[[nodiscard]] std::string consume_text(const ConsumeReport& report);
[[nodiscard]] std::string consume_json(const Heading& heading, const ConsumeReport& report);

/// What --retry-failed did.
[[nodiscard]] std::string retry_text(const RetryOutcome& outcome);
[[nodiscard]] std::string retry_json(const Heading& heading, const RetryOutcome& outcome);
/// One failed event on one line: where it lies, whose it is, why.
[[nodiscard]] std::string failed_event_text(const FailedEvent& failed);

} // namespace coupon
