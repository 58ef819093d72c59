// What a connection tells by select() alone.

#include "ledger/mysql_connection.hpp"
#include "ledger/mysql_statements.hpp"

namespace coupon {

Status MysqlConnection::list(std::string_view name, std::span<const Value> values, const std::function<void(const Row&)>& take) {
    const auto& sql = statement(name);
    std::int64_t expected = 0;
    auto counted = select("SELECT COUNT(*) FROM (" + sql + ") AS listed", values, [&](const Row& row) { expected = row.integer(0); });
    if (!counted) return counted;
    std::int64_t taken = 0;
    auto listed = select(sql, values, [&](const Row& row) {
        ++taken;
        take(row);
    });
    // The server's own tables may grow meanwhile: another reset creates ours.
    if (!listed || taken >= expected) return listed;
    last_error_ = 0;
    return Fault{FaultKind::corrupt,
                 "mysql at " + address_ + " gave " + std::to_string(taken) + " of " + std::to_string(expected) + " rows of list " +
                     std::string(name),
                 "a proxy between must let SET SESSION sql_select_limit through"};
}

Result<std::size_t> MysqlConnection::largest_packet() {
    if (largest_packet_ == 0) {
        auto asked = select(statement("largest_packet"), {},
                            [&](const Row& row) { largest_packet_ = static_cast<std::size_t>(row.maybe_integer(0).value_or(0)); });
        if (!asked) return asked.fault();
    }
    return largest_packet_;
}

} // namespace coupon
