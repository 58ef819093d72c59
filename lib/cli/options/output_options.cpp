#include "cli/options/output_options.hpp"

namespace coupon {

void add_output_options(CommandLine& line, OutputOptions& options) {
    line.group("Output");
    line.flag({"--json", "", "print the result as JSON instead of text"}, options.json);
    line.flag({"-q,--quiet", "", "no text result and no progress; errors, what is not as it should be, --json and the exit code stay"},
              options.quiet);
    line.flag({"-v,--verbose", "", "say on stderr what is being done"}, options.verbose);
    line.exclude("--quiet", "--verbose");
}

} // namespace coupon
