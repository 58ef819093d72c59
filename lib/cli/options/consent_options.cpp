#include "cli/options/consent_options.hpp"

namespace coupon {

void add_consent_options(CommandLine& line, ConsentOptions& options, const std::string& dry_run) {
    line.flag({"--dry-run", "", dry_run}, options.dry_run);
    line.flag({"-y,--yes", "", "do not ask for confirmation"}, options.yes);
}

} // namespace coupon
