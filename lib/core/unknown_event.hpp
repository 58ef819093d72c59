#pragma once

#include "core/result.hpp"

#include <string>
#include <vector>

namespace coupon {

/// missing: the ledger has no round of the event, so the name is mistyped, or the ledger is another one, or no round was opened yet. The
/// message names the events that the ledger has rounds of, ten at the most, and the hint the name that was probably meant. `events`: those
/// of the ledger, ascending.
[[nodiscard]] Fault no_round_of(const std::string& event, const std::vector<std::string>& events);

} // namespace coupon
