#include "ledger/mysql/mysql_positions.hpp"

#include "ledger/mysql/mysql_fault.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <array>

namespace coupon {

namespace {

WorkerPosition position_in(const Row& row) {
    WorkerPosition position{row.integer(1, 0), row.integer(2, 0), {Instant(Milliseconds(row.integer(3))), {}}};
    const auto sha256 = parse_sha256(row.text(4));
    if (sha256) position.last.sha256 = *sha256;
    // Without the record's digest the log cannot be recognised: every record is read again.
    if (!sha256) position.unbroken_from = position.next;
    return position;
}

} // namespace

Result<Positions> read_positions(MysqlConnection& connection, const std::string& event, const std::string& topic) {
    Positions positions;
    auto read = connection.list("positions", std::array{Value(event), Value(topic)},
                                [&](const Row& row) { positions[row.partition(0)] = position_in(row); });
    if (!read) return read.fault();
    return positions;
}

Status move_positions(MysqlConnection& connection, const std::string& event, const std::string& topic,
                      const std::map<std::int32_t, BatchPart>& parts) {
    for (const auto& [partition, part] : parts) {
        const auto alone = position_behind(part, {});
        const auto sha256 = hex(alone.last.sha256);
        const std::array values{Value(part.first),
                                Value(part.unbroken_from),
                                Value(alone.unbroken_from),
                                Value(alone.next),
                                Value(alone.last.written_at.time_since_epoch().count()),
                                Value(sha256),
                                Value(event),
                                Value(topic),
                                Value(std::int64_t{partition})};
        const auto moved = connection.change(statement("move_position"), values);
        if (!moved) return moved.fault();
        // No row was changed: there is none, or it says the same.
        if (*moved > 0) continue;
        const auto inserted = connection.change(statement("insert_position"), std::span(values).subspan(2));
        if (!inserted && !is_taken(connection.last_error())) return inserted.fault();
    }
    return Done{};
}

} // namespace coupon
