#pragma once

#include "flow/dry_run.hpp"
#include "report/heading.hpp"

#include <string>

/// What --dry-run of coupon-apply and coupon-flood prints.
namespace coupon {

/// "user 99 could apply: round 1 is open, 37 of 100 left", or "... could not apply: ..." with the reason. Without a user: "users could
/// apply: ...".
[[nodiscard]] std::string would_be_text(const DryRun& run, const WouldBe& one);
/// The reason alone: "round 1 is open".
[[nodiscard]] std::string would_be_reason(const DryRun& run, const WouldBe& one);

/// {"schema":"coupon.apply/1","dry_run":true,"user":"99","would_be":"granted","reason":"round 1 is open","round":1,"left":37,"limit":100};
/// would_be is an answer, or "error". One line.
[[nodiscard]] std::string would_be_line_json(const char* schema, const DryRun& run, const WouldBe& one);
/// The heading with the same fields, but for the user; would_grant is true or false. Of the first user alone.
[[nodiscard]] std::string dry_run_json(const Heading& heading, const DryRun& run);

} // namespace coupon
