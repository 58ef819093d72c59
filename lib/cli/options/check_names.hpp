#pragma once

#include "cli/command_line.hpp"

#include <string>
#include <vector>

namespace coupon {

/// Takes the names of checks, as coupon-audit --preflight prints them, into `names`. An unknown one is refused with the nearest.
[[nodiscard]] Accept check_names(std::vector<std::string>& names);

} // namespace coupon
