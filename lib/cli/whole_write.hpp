#pragma once

#include "core/instant.hpp"

#include <functional>
#include <string_view>

namespace coupon {

/// Writes all of `text` to a descriptor whose open file may be shared with other processes: whether it blocks is theirs to choose and is
/// left as it is. `still_waits` is asked with the time waited so far, at once and then ten times a second, while there is no room (a pipe
/// whose reader is slow). Returns 0 when all was written, ETIME when `still_waits` said no, otherwise the errno.
[[nodiscard]] int write_whole(int descriptor, std::string_view text, const std::function<bool(Milliseconds)>& still_waits);

} // namespace coupon
