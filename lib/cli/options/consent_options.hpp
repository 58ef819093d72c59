#pragma once

#include "cli/command_line.hpp"

namespace coupon {

/// How far a program may go.
struct ConsentOptions {
    bool dry_run = false; ///< look and check, touch nothing
    bool yes = false;     ///< do not ask
};

/// --dry-run, -y; `dry_run` says in a few words what a dry run does in this program.
void add_consent_options(CommandLine& line, ConsentOptions& options, const std::string& dry_run);

} // namespace coupon
