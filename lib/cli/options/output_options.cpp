#include "cli/options/output_options.hpp"

namespace coupon {

void add_output_options(CommandLine& line, OutputOptions& options) {
    line.group("Output");
    line.flag({"--json", "", "print the result as JSON instead of text"}, options.json);
    line.flag({"-q,--quiet", "", "print errors and warnings only; --json and the exit code are unaffected"}, options.quiet);
    line.flag({"-v,--verbose", "", "print each step on stderr"}, options.verbose);
    line.exclude("--quiet", "--verbose");
}

} // namespace coupon
