#pragma once

#include "cli/command_line.hpp"
#include "core/event_name.hpp"

namespace coupon {

/// --event
void add_event_options(CommandLine& line, EventName& event);

/// The event when none is named.
[[nodiscard]] EventName default_event();

} // namespace coupon
