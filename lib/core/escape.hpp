#pragma once

#include <string>
#include <string_view>

namespace coupon {

/// Outside text made safe to print on one line of a terminal or a log: printable ASCII stays, the backslash is doubled,
/// every other byte becomes \xHH (CWE-117, CWE-150). At most `limit` bytes of the text are shown, then "...".
[[nodiscard]] std::string escape(std::string_view text, std::size_t limit = 200);

} // namespace coupon
