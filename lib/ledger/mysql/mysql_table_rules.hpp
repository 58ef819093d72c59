#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coupon {

/// A foreign key or an enforced check of a table.
struct TableRule {
    enum class Kind { foreign_key, check };

    Kind kind = Kind::check;
    /// In small letters. Of a foreign key "event,round to coupon_round(event,round)", with " with an action" where it deletes or changes
    /// rows; of a check its expression without blanks, quotes and parentheses, which the servers write differently.
    std::string text;
};

/// The rules in the answer of SHOW CREATE TABLE, of MariaDB or MySQL. It needs SELECT alone, whereas information_schema shows
/// neither foreign keys nor checks to an account that only reads.
[[nodiscard]] std::vector<TableRule> rules_of(std::string_view created);

} // namespace coupon
