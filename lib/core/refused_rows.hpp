#pragma once

#include "core/ledger_rule.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// Rows that the database refuses although the ledger's rules admit them: for a trigger, or for a key or a check that schema.sql does not
/// have.
namespace coupon {

/// How many records in a row may be refused, with no other issued between, before the database counts as refusing all of them: a fault of
/// its tables, not of the records.
inline constexpr std::size_t refused_in_a_row_at_most = 10;

/// What becomes of a record whose row the database refuses. `words`: the server's.
[[nodiscard]] Settlement refused_row(const std::string& words);

/// Whether the database refuses everything. `before`: records refused since one was issued, before this batch.
[[nodiscard]] bool refuses_all(const std::vector<Settlement>& batch, std::size_t before);

/// Records refused since one was issued, after this batch.
[[nodiscard]] std::size_t refused_since_issued(const std::vector<Settlement>& batch, std::size_t before);

} // namespace coupon
