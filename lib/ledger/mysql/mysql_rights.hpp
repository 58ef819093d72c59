#pragma once

#include "core/least_rights.hpp"
#include "ledger/mysql/mysql_connection.hpp"

#include <span>
#include <vector>

namespace coupon {

/// The rights of `wanted` that the login lacks. The server itself is asked, so that rights on columns and those of roles count; nothing
/// is run. A right on a table that does not exist yet can come from the database alone.
[[nodiscard]] Result<std::vector<LedgerRight>> lacking_rights(MysqlConnection& connection, std::span<const LedgerRight> wanted);

/// denied unless the login has all these rights. The message names every missing right, the hint the statements that grant them.
[[nodiscard]] Status check_rights(MysqlConnection& connection, const MysqlOptions& options, std::span<const LedgerRight> wanted);

} // namespace coupon
