#pragma once

#include "source_tree.hpp"

#include <string>
#include <vector>

namespace coupon::layering {

inline constexpr std::size_t longest_file = 300;

/// What is wrong with a file, as sentences; none when nothing is: a result that is thrown away without a comment that says why (lib/ and
/// tools/; every fault is [[nodiscard]], so only a cast throws one away), longer than longest_file (lib/ and tools/; a test's table may be
/// long), a name that says nothing (util, common, helper, misc, manager), a header without `#pragma once`, a test file without a suite or
/// with a suite that is not its address (tests/gate/claim_test.cpp: "gate/claim", or "live/gate/claim", which may also be
/// live_claim_test.cpp).
[[nodiscard]] std::vector<std::string> style_faults(const SourceFile& file);

} // namespace coupon::layering
