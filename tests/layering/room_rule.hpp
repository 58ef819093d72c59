#pragma once

#include <string>

namespace coupon::layering {

/// The room a file of lib/ or tools/ belongs to: core, gate, ..., tools. Empty: none, as for tests.
[[nodiscard]] std::string room_of(const std::string& path);

/// Why the file may not include this, as a sentence naming both rooms; empty when it may. The table of design section "Rooms and who may
/// know whom": core knows nobody, a place knows core, flow knows the ports, cli the options, only tools open adapters.
///
/// `included` as included_by() gives it. What the suite does not own and no rule names (<map>, <fmt/format.h>) is free for all.
[[nodiscard]] std::string objection_to_include(const std::string& path, const std::string& included);

/// Why the file may not contain this line (comments removed); empty when it may. Adapters are opened by tools; core, load and flow are
/// given the time, and never ask for it.
[[nodiscard]] std::string objection_to_line(const std::string& path, const std::string& line);

} // namespace coupon::layering
