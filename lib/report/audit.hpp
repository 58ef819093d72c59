#pragma once

#include "audit/reconcile.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-audit prints.
namespace coupon {

inline constexpr const char* audit_schema = "coupon.audit/1";

enum class Colour { off, on };

/// "exact, 100 of 100", "violated: claim without a row (3 users)", "cannot tell: redis is not there".
[[nodiscard]] std::string audit_verdict_text(const AuditReport& report);
/// The verdict, a line per check with what was examined, and below it each finding with its users, their trails and the hint.
[[nodiscard]] std::string audit_text(const AuditReport& report, Colour colour);
[[nodiscard]] std::string audit_json(const Heading& heading, const AuditReport& report);

} // namespace coupon
