#include "core/operator_sql.hpp"
#include "ledger/mysql/mysql_schema.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <cstdint>
#include <string>

namespace coupon {

namespace {

/// A statement is logged as rows here, for at READ COMMITTED it may do something else on a replica.
Status check_binary_log(MysqlConnection& connection, const std::string& address) {
    std::string format;
    auto read = connection.select(statement("binary_log"), {}, [&](const Row& row) { format = row.words(0); });
    if (!read || format != "STATEMENT") return read;
    return Fault{FaultKind::unsupported, "mysql at " + address + " writes no coupon: binlog_format is STATEMENT (it would be error 1665)",
                 set_global("binlog_format", "'ROW'")};
}

} // namespace

Status check_durability(MysqlConnection& connection, const std::string& address) {
    std::int64_t flush = 0;
    bool has_binlog = false;
    std::int64_t sync_binlog = 0;
    auto read = connection.select(statement("durability"), {}, [&](const Row& row) {
        flush = row.integer(0);
        has_binlog = row.integer(1) != 0;
        sync_binlog = row.integer(2);
    });
    if (!read) return read;
    // Coupons would vanish after their offsets were committed on the topic.
    if (flush != 1) {
        return Fault{FaultKind::unsupported,
                     "mysql at " + address + " may forget in a crash what it committed: innodb_flush_log_at_trx_commit is " +
                         std::to_string(flush),
                     set_global("innodb_flush_log_at_trx_commit", "1")};
    }
    // With a binary log, recovery undoes what the log did not keep.
    if (!has_binlog) return Done{};
    if (auto writable = check_binary_log(connection, address); !writable) return writable;
    if (sync_binlog != 1) {
        return Fault{FaultKind::unsupported,
                     "mysql at " + address + " may forget in a crash what it committed: the binary log is on and sync_binlog is " +
                         std::to_string(sync_binlog),
                     set_global("sync_binlog", "1")};
    }
    return Done{};
}

} // namespace coupon
