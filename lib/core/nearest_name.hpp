#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coupon {

/// The name that was probably meant, or an empty text when none is close: at most two wrong, missing, additional or swapped letters, and
/// fewer than half of the text.
[[nodiscard]] std::string nearest_name(std::string_view text, const std::vector<std::string>& names);

} // namespace coupon
