#include "ledger/mysql_fault.hpp"

#include "core/escape.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>

namespace coupon {

namespace {

// Those that the other server family has, or that the header does not name.
constexpr unsigned mariadb_connection_killed = 1927;
constexpr unsigned mariadb_statement_timeout = 1969;
constexpr unsigned mariadb_account_blocked = 4151;
constexpr unsigned mysql_statement_timeout = 3024;
constexpr unsigned mysql_lock_nowait = 3572;
constexpr unsigned mysql_account_locked = 3118;
constexpr unsigned mysql_idle_cut = 4031;
constexpr unsigned mysql_offline = 3032; // offline_mode: only administrators are let in
constexpr unsigned mysql_check_broken = 3819;
constexpr unsigned mariadb_check_broken = 4025;
constexpr unsigned mysql_secure_transport_required = 3159;

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

ErrorKind kind_of(unsigned code) {
    switch (code) {
    case 0: // the client library fails without a reason where a connection ends in the middle of an answer
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_LOST_EXTENDED:
    case CR_SERVER_HANDSHAKE_ERR:
    case CR_MALFORMED_PACKET: // what answers there is no MySQL server, or something cut the stream
    case CR_VERSION_ERROR:
    case CR_SSL_CONNECTION_ERROR:
    case CR_ERR_NET_READ:
    case CR_ERR_NET_WRITE:
    case ER_SERVER_SHUTDOWN:
    case ER_NORMAL_SHUTDOWN:
    case mariadb_connection_killed:
    case mysql_idle_cut: return ErrorKind::lost;

    case CR_SOCKET_CREATE_ERROR:
    case CR_IPSOCK_ERROR: return ErrorKind::no_socket;
    case ER_NEW_ABORTING_CONNECTION: return ErrorKind::turned_away;

    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED: // stays blocked until somebody flushes the hosts
    case ER_MUST_CHANGE_PASSWORD:
    case ER_MUST_CHANGE_PASSWORD_LOGIN:
    case mysql_account_locked:
    case mariadb_account_blocked: return ErrorKind::login;

    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_PROCACCESS_DENIED_ERROR: return ErrorKind::permission;

    case ER_BAD_DB_ERROR:
    case ER_NO_DB_ERROR: return ErrorKind::no_database;
    case ER_NO_SUCH_TABLE: return ErrorKind::no_table;

    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT: // undoes the statement only; the caller sends ROLLBACK after every fault
    case ER_CHECKREAD:         // MariaDB with innodb_snapshot_isolation: the row changed under a REPEATABLE READ transaction
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_USER_LIMIT_REACHED:
    case ER_OPTION_PREVENTS_STATEMENT: // --read-only
    case ER_READ_ONLY_MODE:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_ERROR_ON_WRITE:
    case ER_GET_ERRNO: // the storage engine's own number, "No space left on device" among them
    case ER_OUTOFMEMORY:
    case ER_OUT_OF_SORTMEMORY:
    case ER_OUT_OF_RESOURCES:
    case ER_LOCK_TABLE_FULL:
    case ER_LOCK_ABORTED:
    case ER_QUERY_INTERRUPTED:
    case ER_TABLE_DEF_CHANGED:
    case ER_NEED_REPREPARE:
    case ER_MAX_PREPARED_STMT_COUNT_REACHED:
    case ER_UNKNOWN_COM_ERROR: // 1047, also Galera's "not yet prepared for use"
    case ER_ERROR_DURING_COMMIT:
    case mysql_lock_nowait:
    case mysql_offline:
    case mariadb_statement_timeout:
    case mysql_statement_timeout: return ErrorKind::later;

    case ER_BINLOG_STMT_MODE_AND_ROW_ENGINE: return ErrorKind::binary_log;
    case ER_TRANS_CACHE_FULL:
    case ER_STMT_CACHE_FULL: return ErrorKind::binary_log_cache;
    case ER_BINLOG_LOGGING_IMPOSSIBLE: return ErrorKind::binary_log_gone;
    case ER_TOO_BIG_SELECT: return ErrorKind::too_many_rows;
    case ER_CANT_CHANGE_TX_CHARACTERISTICS: return ErrorKind::in_transaction;

    case ER_NET_PACKET_TOO_LARGE:
    case CR_NET_PACKET_TOO_LARGE: return ErrorKind::too_large;

    case CR_AUTH_PLUGIN_CANNOT_LOAD:
    case CR_AUTH_PLUGIN_ERR:
    case CR_PLUGIN_NOT_ALLOWED:
    case CR_ERR_LOAD_PLUGIN:
    case ER_NOT_SUPPORTED_AUTH_MODE:
    case ER_PLUGIN_IS_NOT_LOADED:
    case mysql_secure_transport_required: return ErrorKind::auth_plugin;

    case ER_DUP_ENTRY:
    case ER_DUP_ENTRY_WITH_KEY_NAME: return ErrorKind::taken;

    // What was judged before does not hold: the tables have rules that are not ours.
    case ER_BAD_NULL_ERROR:
    case ER_DATA_TOO_LONG:
    case ER_WARN_DATA_OUT_OF_RANGE:
    case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
    case ER_NO_REFERENCED_ROW:
    case ER_NO_REFERENCED_ROW_2:
    case ER_ROW_IS_REFERENCED:
    case ER_ROW_IS_REFERENCED_2:
    case mysql_check_broken:
    case mariadb_check_broken: return ErrorKind::row_rule;

    // Every record would meet these: the tables are not ours.
    case ER_BAD_FIELD_ERROR:
    case ER_NO_DEFAULT_FOR_FIELD:
    case ER_WRONG_VALUE_COUNT_ON_ROW:
    case ER_CANT_CREATE_TABLE:
    case ER_WARNING_NOT_COMPLETE_ROLLBACK: return ErrorKind::other_tables;
    case ER_NO_SUCH_USER: return ErrorKind::no_definer;

    case ER_PARSE_ERROR:
    case ER_UNKNOWN_SYSTEM_VARIABLE:
    case ER_SP_DOES_NOT_EXIST: // a function that the server does not have, too
        return ErrorKind::not_understood;
    default: return ErrorKind::other;
    }
}

/// Whether error 1146 is about a table of schema.sql: "Table 'coupon.coupon_fence' doesn't exist", in the server's language.
bool is_of_ledger(std::string_view text) {
    constexpr std::array tables{".coupon_round'", ".coupon_fence'", ".coupon_purge'",    ".coupon_position'",
                                ".coupon'",       ".failed_event'", ".abandoned_claim'", ".void_claim'"};
    return std::any_of(tables.begin(), tables.end(), [&](std::string_view table) { return text.find(table) != std::string_view::npos; });
}

Fault lost(const std::string& how, Moment moment, const std::string& address) {
    switch (moment) {
    case Moment::connecting:
        return {FaultKind::unreachable, "cannot reach mysql at " + address + " (" + how + ")",
                "is a MySQL or MariaDB server running there, and is --mysql right? for a private one: scripts/sandbox up"};
    case Moment::asking:
        return {FaultKind::unreachable, "lost mysql at " + address + " (" + how + "), nothing was written", "is the server up?"};
    case Moment::committing:
    case Moment::defining: break;
    }
    return {FaultKind::unknown, "lost mysql at " + address + " before it answered (" + how + "), the change may be written",
            "repeat the call: what is written already is recognised"};
}

} // namespace

bool ends_connection(unsigned code) {
    const auto kind = kind_of(code);
    // The format of the binary log is that of the server when the connection was made.
    return kind == ErrorKind::binary_log || kind == ErrorKind::lost || kind == ErrorKind::no_socket || kind == ErrorKind::turned_away ||
           code == ER_NET_PACKET_TOO_LARGE || code == CR_COMMANDS_OUT_OF_SYNC;
}

bool refuses_row(unsigned code) {
    return kind_of(code) == ErrorKind::row_rule || kind_of(code) == ErrorKind::other;
}

bool is_older_than_its_table(unsigned code) {
    return code == ER_TABLE_DEF_CHANGED;
}

bool is_taken(unsigned code) {
    return kind_of(code) == ErrorKind::taken;
}

Fault mysql_silent(Moment moment, const std::string& address, long waited_ms) {
    return lost("no answer within " + std::to_string(waited_ms) + " ms", moment, address);
}

Fault mysql_fault(unsigned code, std::string_view text, Moment moment, const std::string& address) {
    // What the library says of a login that is not allowed is not the login's name.
    const auto words = code == 0 ? "the answer broke off" : code == CR_PLUGIN_NOT_ALLOWED ? "not allowed" : escape(text, 300);
    const std::string said = "error " + std::to_string(code) + ": " + words;
    // After an error at COMMIT nobody knows, whatever the server says: a certifying cluster may even say "deadlock" there.
    if (moment == Moment::committing) return lost(said, moment, address);
    const std::string at = "mysql at " + address;
    switch (kind_of(code)) {
    case ErrorKind::lost: return lost(said, moment, address);
    case ErrorKind::no_socket:
        return {FaultKind::unreachable, "no socket to " + at + " could be made (" + said + ")",
                "this process, or this machine, has no descriptor or port left: see ulimit -n"};
    case ErrorKind::turned_away:
        if (moment == Moment::defining) return lost(said, moment, address);
        return {FaultKind::unreachable, at + " ended the connection at its first statement (" + said + "), nothing was written",
                "init_connect of the server fails for this account: repair it, SHOW GLOBAL VARIABLES LIKE 'init_connect'"};
    case ErrorKind::login:
        return {FaultKind::denied, at + " refused the login (" + said + ")", "check the user in --mysql and its password file"};
    case ErrorKind::permission:
        return {FaultKind::denied, at + " does not permit it (" + said + ")",
                "grant the user the rights that README.md lists under \"Least rights\", and check the database in --mysql"};
    case ErrorKind::auth_plugin:
        return {
            FaultKind::denied, at + " asks for a way to log in that is not allowed or not installed (" + said + ")",
            "give the user mysql_native_password or ed25519; caching_sha2_password and sha256_password, at a server that is not on this "
            "machine, need --mysql-server-key"};
    case ErrorKind::no_database:
        return {FaultKind::missing, at + " has no such database (" + said + ")", "create the database, then run coupon-reset"};
    case ErrorKind::no_table:
        return {FaultKind::missing, at + " lacks a table (" + said + ")",
                is_of_ledger(text) ? "run coupon-reset" : "a trigger or a view names it: SHOW TRIGGERS"};
    case ErrorKind::later: return {FaultKind::refused, at + " cannot do it now (" + said + "), nothing was written", "repeat it later"};
    case ErrorKind::binary_log:
        return {FaultKind::refused, at + " cannot write it to its binary log (" + said + "), nothing was written",
                "SET GLOBAL binlog_format = 'ROW', and in the server's configuration"};
    case ErrorKind::binary_log_cache:
        return {FaultKind::refused, at + " has no room for the transaction in its binary log's cache (" + said + "), nothing was written",
                "raise max_binlog_cache_size"};
    case ErrorKind::binary_log_gone:
        return {FaultKind::refused, at + " cannot write its binary log (" + said + "), nothing was written",
                "make room on the disk of the binary log; the server's log says why"};
    case ErrorKind::too_many_rows:
        return {FaultKind::unsupported, at + " refuses to examine that many rows (" + said + "), nothing was written",
                "a proxy between must let SET SESSION max_join_size and sql_big_selects through"};
    case ErrorKind::in_transaction:
        return {FaultKind::unsupported, at + " is in a transaction that we did not begin (" + said + "), nothing was written",
                "a proxy between must keep a connection for one client, and let SET SESSION completion_type through"};
    case ErrorKind::too_large:
        return {FaultKind::unsupported, at + " takes no packet as large as this record (" + said + "), nothing was written",
                "raise max_allowed_packet"};
    case ErrorKind::taken: return {FaultKind::conflict, at + " has such a row already (" + said + ")", "look again, then repeat"};
    case ErrorKind::row_rule:
    case ErrorKind::other_tables:
        return {FaultKind::corrupt, at + " broke a rule of its tables (" + said + "), nothing was written",
                "compare the tables with lib/ledger/schema.sql"};
    case ErrorKind::no_definer:
        return {FaultKind::corrupt, at + " has a trigger of an account that does not exist (" + said + "), nothing was written",
                "drop the trigger, or create it again under an account that stays: SHOW TRIGGERS"};
    case ErrorKind::not_understood:
    case ErrorKind::other: break;
    }
    return {FaultKind::unsupported, at + " refused it (" + said + "), nothing was written", "ask the server's administrator"};
}

} // namespace coupon
