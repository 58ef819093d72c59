#pragma once

#include "core/ledger_rule.hpp"
#include "ledger/mysql_connection.hpp"

#include <string>

/// The rows of coupon_position. Each function is one or a few statements of the caller's transaction.
namespace coupon {

[[nodiscard]] Result<Positions> read_positions(MysqlConnection& connection, const std::string& event, const std::string& topic);

/// Writes these; those of other partitions stay.
[[nodiscard]] Status write_positions(MysqlConnection& connection, const std::string& event, const std::string& topic,
                                     const Positions& positions);

} // namespace coupon
