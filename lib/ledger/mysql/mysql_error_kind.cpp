#include "ledger/mysql/mysql_error_kind.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

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

} // namespace

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

    case ER_OPTION_PREVENTS_STATEMENT: // --read-only
    case ER_READ_ONLY_MODE:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: return ErrorKind::read_only;

    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_USER_LIMIT_REACHED: return ErrorKind::crowded;

    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_ERROR_ON_WRITE:
    case ER_GET_ERRNO: return ErrorKind::disk; // the storage engine's own number, "No space left on device" among them

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

} // namespace coupon
