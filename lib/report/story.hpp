#pragma once

#include "audit/story.hpp"
#include "report/heading.hpp"

#include <string>

/// What coupon-audit --user prints.
namespace coupon {

inline constexpr const char* story_schema = "coupon.user/1";

/// How it stands, what would have to happen, then a line for everything seen.
[[nodiscard]] std::string story_text(const Story& story);
[[nodiscard]] std::string story_json(const Heading& heading, const Story& story);

} // namespace coupon
