#pragma once

#include "ledger/mysql/mysql_connection.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace coupon {

/// Inserts `count` rows with as few statements as the fixed sizes allow. `append` adds the values of one row, by its number.
[[nodiscard]] Status insert_rows(MysqlConnection& connection, std::string_view statement_name, std::size_t count,
                                 const std::function<void(std::size_t, std::vector<Value>&)>& append);

/// Looks many numbers up, `fixed` values first in each statement.
[[nodiscard]] Status select_numbers(MysqlConnection& connection, std::string_view statement_name, const std::vector<Value>& fixed,
                                    const std::vector<std::int64_t>& numbers, const std::function<void(const Row&)>& take);

} // namespace coupon
