#pragma once

#include "cli/command_line.hpp"
#include "cli/options/timeout_options.hpp"
#include "ledger/mysql/mysql_ledger.hpp"

namespace coupon {

/// --mysql, --mysql-password-file, --mysql-server-key. Without such a file, ~/.my.cnf gives the password, and the user where the URL names
/// none; `warn` is told when it is there but others may read it, so that it is not used.
void add_mysql_options(CommandLine& line, MysqlOptions& options, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn);

} // namespace coupon
