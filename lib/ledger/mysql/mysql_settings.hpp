#pragma once

#include "core/server_settings.hpp"
#include "ledger/mysql/mysql_connection.hpp"
#include "ledger/mysql/mysql_issue.hpp"

namespace coupon {

/// Everything a preflight judges of the server, and of the tables as far as they are there.
[[nodiscard]] Result<LedgerSettings> read_ledger_settings(MysqlConnection& connection, const LedgerScope& scope,
                                                          const std::string& address);

} // namespace coupon
