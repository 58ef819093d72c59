#pragma once

#include "audit/reconcile.hpp"

#include <string>

/// How a finding reads, wherever one is printed.
namespace coupon {

/// "3 users", empty for 0.
[[nodiscard]] std::string counted_users(std::int64_t users);

/// " (3 users)", empty where it is about nobody in particular.
[[nodiscard]] std::string users_of(const Finding& finding);

/// Name, the first users with their trails, how many more, and what to do; indented, one line each.
[[nodiscard]] std::string finding_text(const Finding& finding);

} // namespace coupon
