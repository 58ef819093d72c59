#include "ledger/mysql_positions.hpp"

#include "ledger/mysql_fault.hpp"
#include "ledger/mysql_statements.hpp"

#include <array>

namespace coupon {

Result<Positions> read_positions(MysqlConnection& connection, const std::string& event, const std::string& topic) {
    Positions positions;
    auto read = connection.list("positions", std::array{Value(event), Value(topic)},
                                [&](const Row& row) { positions[row.partition(0)] = row.integer(1, 0); });
    if (!read) return read.fault();
    return positions;
}

Status write_positions(MysqlConnection& connection, const std::string& event, const std::string& topic, const Positions& positions) {
    for (const auto& [partition, next] : positions) {
        const std::array values{Value(next), Value(event), Value(topic), Value(std::int64_t{partition})};
        const auto moved = connection.change(statement("move_position"), values);
        if (!moved) return moved.fault();
        // No row was changed: there is none, or it has this very offset.
        if (*moved > 0) continue;
        const auto inserted = connection.change(statement("insert_position"), values);
        if (!inserted && !is_taken(connection.last_error())) return inserted.fault();
    }
    return Done{};
}

} // namespace coupon
