#pragma once

namespace coupon {

/// What kind of error a code is, whatever the moment.
enum class ErrorKind {
    lost,
    no_socket,
    turned_away,
    login,
    permission,
    no_database,
    no_table,
    later,
    read_only,
    crowded,
    disk,
    binary_log,
    binary_log_cache,
    binary_log_gone,
    too_large,
    too_many_rows,
    in_transaction,
    auth_plugin,
    taken,
    row_rule,
    other_tables,
    no_definer,
    not_understood,
    other
};

/// Of an error of the server or of Connector/C; other for one that no list here has.
/// Code numbers: MariaDB 10.11 include/mysqld_error.h and errmsg.h, MySQL 8.0 messages_to_clients.txt.
[[nodiscard]] ErrorKind kind_of(unsigned code);

} // namespace coupon
