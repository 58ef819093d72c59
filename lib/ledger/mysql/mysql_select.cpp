// What a connection tells by select() alone.

#include "ledger/mysql/mysql_connection.hpp"
#include "ledger/mysql/mysql_statements.hpp"

namespace coupon {

Result<std::int64_t> MysqlConnection::count_of(std::string_view name, std::span<const Value> values) {
    std::optional<std::int64_t> count;
    auto counted =
        select("SELECT COUNT(*) FROM (" + statement(name) + ") AS listed", values, [&](const Row& row) { count = row.integer(0); });
    if (!counted) return counted.fault();
    if (!count) return wrong_answer("no count of list " + std::string(name));
    return *count;
}

Fault MysqlConnection::short_list(std::string_view name, std::int64_t taken, std::int64_t expected) {
    last_error_ = 0;
    return {FaultKind::corrupt,
            "mysql at " + address_ + " gave " + std::to_string(taken) + " of " + std::to_string(expected) + " rows of list " +
                std::string(name),
            "a proxy between must let SET SESSION sql_select_limit through"};
}

Result<std::int64_t> MysqlConnection::take_rows(std::string_view name, std::span<const Value> values,
                                                const std::function<void(const Row&)>& take) {
    std::int64_t taken = 0;
    auto listed = select(statement(name), values, [&](const Row& row) {
        ++taken;
        take(row);
    });
    if (!listed) return listed.fault();
    return taken;
}

Status MysqlConnection::list(std::string_view name, std::span<const Value> values, const std::function<void(const Row&)>& take) {
    const auto expected = count_of(name, values);
    if (!expected) return expected.fault();
    // Most lists are empty in most rounds.
    if (*expected == 0) return Done{};
    const auto taken = take_rows(name, values, take);
    if (!taken) return taken.fault();
    // The server's own tables may grow in between: another reset creates ours.
    return *taken >= *expected ? Status(Done{}) : short_list(name, *taken, *expected);
}

Status MysqlConnection::portion(std::string_view name, std::span<const Value> values, std::int64_t most,
                                const std::function<void(const Row&)>& take) {
    const auto taken = take_rows(name, values, take);
    if (!taken) return taken.fault();
    if (*taken == most) return Done{};
    const auto expected = count_of(name, values);
    if (!expected) return expected.fault();
    return *taken >= *expected ? Status(Done{}) : short_list(name, *taken, *expected);
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
