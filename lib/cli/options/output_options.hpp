#pragma once

#include "cli/command_line.hpp"

namespace coupon {

/// What a program prints.
struct OutputOptions {
    bool json = false;
    bool quiet = false;   ///< no text result, no progress; never --json, errors, what is not as it should be, or the exit code
    bool verbose = false; ///< say what is waited for
};

/// --json, -q, -v
void add_output_options(CommandLine& line, OutputOptions& options);

} // namespace coupon
