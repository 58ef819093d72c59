#include "cli/suite_version.hpp"

#include <CLI/Version.hpp>
#include <fmt/format.h>

namespace coupon {

const char* suite_version() {
    return COUPON_VERSION;
}

std::string cli_library_versions() {
    return fmt::format("CLI11 {}, fmt {}.{}.{}", CLI11_VERSION, FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

} // namespace coupon
