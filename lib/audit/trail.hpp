#pragma once

#include "audit/evidence.hpp"

#include <string>

namespace coupon {

/// "2@17": partition and offset.
[[nodiscard]] std::string place_of(const SourcePosition& at);

/// What is known of one user from the answer to the row, for example
/// "told granted slot 3 -> claim slot 3 -> record 2@17 -> no row; slot 3 has a row of user 77". Stores that were not read are left out.
[[nodiscard]] std::string trail_of(const Fate& fate, const Evidence& evidence);

} // namespace coupon
