#include "cli/options/timeout_options.hpp"

#include <fmt/format.h>

namespace coupon {

void add_timeout_options(CommandLine& line, TimeoutOptions& options, const std::string& bounds) {
    line.value({"--timeout", "TIME", fmt::format("{} (default 5s)", bounds), "COUPON_TIMEOUT"}, duration(Milliseconds(1)), options.given);
}

} // namespace coupon
