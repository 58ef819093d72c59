#pragma once

#include <string>

namespace coupon {

/// The version of the suite, for example 1.0.0.
[[nodiscard]] const char* suite_version();
/// The libraries this room is built with, for --version.
[[nodiscard]] std::string cli_library_versions();

} // namespace coupon
