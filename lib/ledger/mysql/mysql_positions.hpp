#pragma once

#include "core/worker_positions.hpp"
#include "ledger/mysql/mysql_connection.hpp"

#include <string>

/// The rows of coupon_position. Each function is one or a few statements of the caller's transaction.
namespace coupon {

[[nodiscard]] Result<Positions> read_positions(MysqlConnection& connection, const std::string& event, const std::string& topic);

/// Moves the positions behind the parts of a batch; those of other partitions stay.
[[nodiscard]] Status move_positions(MysqlConnection& connection, const std::string& event, const std::string& topic,
                                    const std::map<std::int32_t, BatchPart>& parts);

} // namespace coupon
