#include "core/least_rights.hpp"
#include "core/operator_sql.hpp"
#include "preflight/preflight_checks.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr std::int64_t connections_to_spare = 10;
/// A statement that issues 500 coupons takes 40 KiB, and one that keeps failed events up to 1 MiB where the server lets it.
constexpr std::int64_t least_packet_bytes = 1LL << 20;
constexpr std::int64_t too_small_packet_bytes = 128LL << 10;

const LedgerSettings& settings(const PreflightInput& input) {
    return *input.ledger;
}

/// `like`: a pattern that finds it, where servers know it by several names.
Judgement not_told(const std::string& name, std::string like = {}) {
    if (like.empty()) like = name;
    return untold("mysql", name, {},
                  "see SHOW GLOBAL VARIABLES LIKE '" + like + "'; MySQL 8.0.16 or MariaDB 10.11, or newer, named in --mysql, tells it");
}

std::string in_file(const std::string& name, const std::string& value) {
    return "the line \"" + name + " = " + value + "\" under [mysqld] in my.cnf, and a restart";
}

Judgement judge_version(const PreflightInput& input) {
    const auto* text = value_of(settings(input).global, "version");
    if (text == nullptr) return not_told("version");
    const bool is_mariadb = text->find("MariaDB") != std::string::npos;
    const auto least = is_mariadb ? std::vector<std::int64_t>{10, 11} : std::vector<std::int64_t>{8, 0, 16};
    const auto found = (is_mariadb ? "" : "MySQL ") + *text;
    if (version_of(*text) >= least) return fine(found);
    return dangerous(found + ": older than what the tables' checks need", "install MySQL 8.0.16 or MariaDB 10.11, or newer");
}

Judgement judge_flush(const PreflightInput& input) {
    const auto value = number_of(settings(input).global, "innodb_flush_log_at_trx_commit");
    if (!value) return not_told("innodb_flush_log_at_trx_commit");
    const auto found = "innodb_flush_log_at_trx_commit " + std::to_string(*value);
    if (*value == 1) return fine(found);
    return dangerous(found + ": coupons may vanish in a crash after their offsets were committed",
                     set_global("innodb_flush_log_at_trx_commit", "1"));
}

Judgement judge_doublewrite(const PreflightInput& input) {
    const auto* text = value_of(settings(input).global, "innodb_doublewrite");
    if (text == nullptr) return not_told("innodb_doublewrite");
    const auto found = "innodb_doublewrite " + *text;
    const bool is_on = truth_of(settings(input).global, "innodb_doublewrite").value_or(*text == "DETECT_AND_RECOVER");
    if (is_on) return fine(found);
    return dangerous(found + ": a page that was half written in a power cut is lost, unless the file system prevents it",
                     in_file("innodb_doublewrite", "ON"));
}

Judgement judge_binlog(const PreflightInput& input) {
    const auto on = truth_of(settings(input).global, "log_bin");
    const auto sync = number_of(settings(input).global, "sync_binlog");
    if (!on || !sync) return not_told(on ? "sync_binlog" : "log_bin");
    if (!*on) return fine("no binary log");
    const auto* format = value_of(settings(input).global, "binlog_format");
    if (format == nullptr) return not_told("binlog_format");
    if (*format == "STATEMENT")
        return dangerous("binlog_format STATEMENT: no coupon can be written (error 1665)", set_global("binlog_format", "'ROW'"));
    const auto cache = number_of(settings(input).global, "max_binlog_cache_size");
    if (cache && *cache < too_small_packet_bytes)
        return dangerous("max_binlog_cache_size " + bytes_text(*cache) + ": a batch of coupons does not fit (error 1197)",
                         set_global("max_binlog_cache_size", "4294967296"));
    const auto found = "sync_binlog " + std::to_string(*sync);
    if (*sync == 1) return fine(found);
    return dangerous(found + " with a binary log: recovery undoes what the log did not keep", set_global("sync_binlog", "1"));
}

/// OFF for read_only ends super_read_only, too. The other one is read at the start alone.
std::string writable(std::string_view name) {
    return name == "innodb_read_only" ? in_file(std::string(name), "OFF") : set_global("read_only", "OFF");
}

Judgement judge_read_only(const PreflightInput& input) {
    for (const char* name : {"super_read_only", "innodb_read_only", "read_only"}) {
        // MySQL alone has super_read_only.
        if (value_of(settings(input).global, name) == nullptr && std::string_view(name) == "super_read_only") continue;
        // MariaDB knows NO_LOCK and NO_LOCK_NO_ADMIN besides, which refuse writes too.
        const auto* text = value_of(settings(input).global, name);
        if (text == nullptr) return not_told(name);
        if (truth_of(settings(input).global, name).value_or(true))
            return dangerous(std::string(name) + " " + *text + ": no coupon can be issued",
                             "name the server that is written to in --mysql, or " + writable(name));
    }
    return fine("read and written");
}

bool is_strict(const std::string& mode) {
    return mode.find("STRICT_TRANS_TABLES") != std::string::npos || mode.find("STRICT_ALL_TABLES") != std::string::npos;
}

Judgement judge_sql_mode(const PreflightInput& input) {
    const auto* own = value_of(settings(input).session, "sql_mode");
    const auto* global = value_of(settings(input).global, "sql_mode");
    if (own == nullptr || global == nullptr) return not_told("sql_mode");
    if (!is_strict(*own))
        return dangerous("sql_mode of our connections is not strict: 300 may be stored as 127",
                         "a proxy between must let SET SESSION sql_mode through");
    if (is_strict(*global)) return fine("strict");
    return warning("strict for our connections, not for those of others",
                   set_global("sql_mode", "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"));
}

Judgement judge_isolation(const PreflightInput& input) {
    const auto& values = settings(input).session;
    const auto* old_name = value_of(values, "tx_isolation"); // MariaDB before 11.1
    const auto* level = old_name != nullptr ? old_name : value_of(values, "transaction_isolation");
    if (level == nullptr) return not_told("transaction_isolation", "%isolation");
    if (*level == "READ-COMMITTED") return fine(*level);
    return warning(*level + " although our connections ask for READ-COMMITTED: more locks, more of them in each other's way",
                   "a proxy between must let SET SESSION TRANSACTION through");
}

Judgement judge_connections(const PreflightInput& input) {
    const auto most = number_of(settings(input).global, "max_connections");
    const auto used = number_of(settings(input).status, "Threads_connected");
    if (!most || !used) return not_told(most ? "Threads_connected" : "max_connections");
    const auto found = std::to_string(*used) + " of " + std::to_string(*most) + " connections in use";
    if (*most - *used < connections_to_spare)
        return warning(found, set_global("max_connections", std::to_string(*used + 10 * connections_to_spare)));
    const auto of_user = number_of(settings(input).session, "max_user_connections").value_or(0);
    if (of_user > 0 && of_user < connections_to_spare)
        return warning(found + ", but this account may have " + std::to_string(of_user) + " only",
                       "ALTER USER <account> WITH MAX_USER_CONNECTIONS 100");
    return fine(found);
}

Judgement judge_packet(const PreflightInput& input) {
    const auto most = number_of(settings(input).global, "max_allowed_packet");
    if (!most) return not_told("max_allowed_packet");
    const auto found = "max_allowed_packet " + bytes_text(*most);
    if (*most >= least_packet_bytes) return fine(found);
    const auto fix = set_global("max_allowed_packet", "16777216");
    if (*most < too_small_packet_bytes) return dangerous(found + ": a batch of coupons does not fit into a statement", fix);
    return warning(found + ": many failed events take many statements", fix);
}

Judgement judge_idle_transactions(const PreflightInput& input) {
    const auto& idle = settings(input).idle_transactions;
    if (!idle) return fine("not looked for: the account lacks PROCESS");
    if (idle->empty()) return fine("none is idle for 10 s");
    const auto& longest = idle->front();
    const auto more = idle->size() == 1 ? std::string() : ", and " + std::to_string(idle->size() - 1) + " more";
    return warning("connection " + std::to_string(longest.connection) + " of " + longest.account + " is silent for " +
                       std::to_string(longest.idle_s) + " s in a transaction that locks " + std::to_string(longest.rows_locked) + " rows" +
                       more + ": workers and resets may wait for it",
                   "end its program, or KILL " + std::to_string(longest.connection));
}

/// Those of the rights that coupon-consume needs.
std::vector<LedgerRight> lacking_of_worker(const LedgerSettings& ledger) {
    std::vector<LedgerRight> lacking;
    for (const auto& right : ledger_rights(Account::worker)) {
        if (std::find(ledger.lacks_rights.begin(), ledger.lacks_rights.end(), right) != ledger.lacks_rights.end()) lacking.push_back(right);
    }
    return lacking;
}

std::string grants_of(const std::vector<LedgerRight>& lacking) {
    std::string grants;
    for (const auto& right : lacking) {
        grants += (grants.empty() ? "" : "; ") + std::string("GRANT ") + std::string(right.privilege) + " ON <database>." +
                  std::string(right.table) + " TO <account>";
    }
    return grants;
}

bool may_write(const LedgerSettings& ledger) {
    const auto all = all_ledger_rights();
    return std::any_of(all.begin(), all.end(), [&](const auto& right) {
        const bool writes = right.privilege == "INSERT" || right.privilege == "UPDATE";
        return writes && std::find(ledger.lacks_rights.begin(), ledger.lacks_rights.end(), right) == ledger.lacks_rights.end();
    });
}

/// A program that lacks a right of its own is refused at the login.
Judgement judge_rights(const PreflightInput& input) {
    if (input.opening != Opening::looked_at) return fine("the account may read and write what a reset does");
    if (!may_write(settings(input))) return fine("the account only reads; every other program checks its own account as it starts");
    const auto lacking = lacking_of_worker(settings(input));
    if (lacking.empty()) return fine("the account may read and write what a worker does");
    std::vector<std::string> rights;
    for (const auto& right : lacking)
        rights.push_back(std::string(right.privilege) + " on " + std::string(right.table));
    return warning("the account lacks " + joined(rights, ", "), "if coupon-consume has the same account: " + grants_of(lacking));
}

Judgement judge_ledger_clock(const PreflightInput& input) {
    return judge_clock(input.ledger_clock, ClockUse::informs);
}

constexpr PreflightCheck checks[] = {
    {"ledger-version", "MySQL 8.0.16, MariaDB 10.11, or newer", judge_version},
    {"ledger-flush", "innodb_flush_log_at_trx_commit 1", judge_flush},
    {"ledger-doublewrite", "innodb_doublewrite ON", judge_doublewrite},
    {"ledger-binlog", "sync_binlog 1, or no binary log", judge_binlog},
    {"ledger-read-only", "read_only OFF", judge_read_only},
    {"ledger-sql-mode", "strict", judge_sql_mode},
    {"ledger-isolation", "READ-COMMITTED", judge_isolation},
    {"ledger-connections", "10 connections to spare", judge_connections},
    {"ledger-packet", "max_allowed_packet at least 1 MiB", judge_packet},
    {"ledger-idle-transactions", "no transaction idle for 10 s", judge_idle_transactions},
    {"ledger-rights", "the rights of README.md, \"Least rights\"", judge_rights},
    {"ledger-clock", "within 1 s of this machine", judge_ledger_clock},
};

} // namespace

std::span<const PreflightCheck> ledger_checks() {
    return checks;
}

} // namespace coupon
