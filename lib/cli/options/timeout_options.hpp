#pragma once

#include "cli/command_line.hpp"
#include "core/instant.hpp"

#include <optional>

namespace coupon {

/// How long a program waits for a server.
struct TimeoutOptions {
    std::optional<Milliseconds> given; ///< as the operator said

    [[nodiscard]] Milliseconds timeout() const { return given.value_or(Milliseconds(5000)); }
};

/// --timeout; `bounds` says in a few words what it bounds in this program.
void add_timeout_options(CommandLine& line, TimeoutOptions& options, const std::string& bounds);

} // namespace coupon
