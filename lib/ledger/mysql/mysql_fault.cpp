#include "ledger/mysql/mysql_fault.hpp"

#include "core/escape.hpp"
#include "core/operator_sql.hpp"
#include "ledger/mysql/mysql_error_kind.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>

namespace coupon {

namespace {

/// Whether error 1146 is about a table of schema.sql: "Table 'coupon.coupon_fence' doesn't exist", in the server's language.
bool is_of_ledger(std::string_view text) {
    constexpr std::array tables{".coupon_round'", ".coupon_fence'", ".coupon_purge'",    ".coupon_position'",
                                ".coupon'",       ".failed_event'", ".abandoned_claim'", ".void_claim'"};
    return std::any_of(tables.begin(), tables.end(), [&](std::string_view table) { return text.find(table) != std::string_view::npos; });
}

/// `address`: mysql://user@host:port/database.
std::string ping_hint(const std::string& address) {
    const auto host = address.rfind('@') + 1;
    const auto end = address.find('/', host);
    const auto colon = address.rfind(':', end);
    return "start it, or correct --mysql: mysqladmin --host=" + address.substr(host, colon - host) +
           " --port=" + address.substr(colon + 1, end - colon - 1) + " ping tells whether it is alive";
}

Fault lost(const std::string& how, Moment moment, const std::string& address) {
    switch (moment) {
    case Moment::connecting: return {FaultKind::unreachable, "cannot connect to mysql at " + address + ": " + how, ping_hint(address)};
    case Moment::asking:
        return {FaultKind::unreachable, "lost the connection to mysql at " + address + " (" + how + "); nothing was written",
                ping_hint(address)};
    case Moment::committing:
    case Moment::defining: break;
    }
    return {FaultKind::unknown,
            "lost the connection to mysql at " + address + " before it answered (" + how + "); the change may be written",
            "repeat it: what is written already is recognised"};
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
                "this process, or this machine, has no descriptor or port left: raise ulimit -n"};
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
                is_of_ledger(text) ? missing_tables_hint : "a trigger or a view names it: SHOW TRIGGERS"};
    case ErrorKind::later: return {FaultKind::refused, at + " cannot do it now (" + said + "), nothing was written", "repeat it later"};
    case ErrorKind::read_only:
        return {FaultKind::refused, at + " is read-only (" + said + "), nothing was written",
                "name the server that is written to in --mysql, or " + set_global("read_only", "OFF")};
    case ErrorKind::crowded:
        return {FaultKind::refused, at + " has no connection left for this account (" + said + "), nothing was written",
                "end connections of other programs (SHOW PROCESSLIST; KILL), or raise the limit: SET GLOBAL max_connections = NUMBER, "
                "ALTER USER <account> WITH MAX_USER_CONNECTIONS NUMBER"};
    case ErrorKind::disk:
        return {FaultKind::refused, at + " cannot write to its disk (" + said + "), nothing was written",
                "make room where SHOW GLOBAL VARIABLES LIKE 'datadir' points to, then repeat it"};
    case ErrorKind::binary_log:
        return {FaultKind::refused, at + " cannot write it to its binary log (" + said + "), nothing was written",
                set_global("binlog_format", "'ROW'")};
    case ErrorKind::binary_log_cache:
        return {FaultKind::refused, at + " has no room for the transaction in its binary log's cache (" + said + "), nothing was written",
                set_global("max_binlog_cache_size", "4294967296")};
    case ErrorKind::binary_log_gone:
        return {FaultKind::refused, at + " cannot write its binary log (" + said + "), nothing was written",
                "make room where SHOW GLOBAL VARIABLES LIKE 'log_bin_basename' points to, then repeat it"};
    case ErrorKind::too_many_rows:
        return {FaultKind::unsupported, at + " refuses to examine that many rows (" + said + "), nothing was written",
                "a proxy between must let SET SESSION max_join_size and sql_big_selects through"};
    case ErrorKind::in_transaction:
        return {FaultKind::unsupported, at + " is in a transaction that we did not begin (" + said + "), nothing was written",
                "a proxy between must keep a connection for one client, and let SET SESSION completion_type through"};
    case ErrorKind::too_large:
        return {FaultKind::unsupported, at + " takes no packet as large as this record (" + said + "), nothing was written",
                set_global("max_allowed_packet", "16777216")};
    case ErrorKind::taken:
        return {FaultKind::conflict, at + " has such a row already (" + said + ")",
                "repeat it; where it stays, " + std::string(other_tables_hint)};
    case ErrorKind::row_rule:
    case ErrorKind::other_tables:
        return {FaultKind::corrupt, at + " broke a rule of its tables (" + said + "), nothing was written", other_tables_hint};
    case ErrorKind::no_definer:
        return {FaultKind::corrupt, at + " has a trigger of an account that does not exist (" + said + "), nothing was written",
                "drop the trigger, or create it again under an account that stays: SHOW TRIGGERS"};
    case ErrorKind::not_understood:
    case ErrorKind::other: break;
    }
    return {FaultKind::unsupported, at + " refused it (" + said + "), nothing was written",
            "its log may tell more: SHOW GLOBAL VARIABLES LIKE 'log_error'"};
}

} // namespace coupon
