#pragma once

#include <string_view>

namespace coupon {

/// Whether a host, spelled as an option spells it, is this machine for sure, so that what is sent there never leaves it: localhost,
/// 127.0.0.0/8 in dotted form, ::1. Other names and addresses may be this machine as well; they do not count.
[[nodiscard]] bool is_loopback(std::string_view host);

} // namespace coupon
