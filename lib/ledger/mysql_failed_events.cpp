#include "ledger/mysql_failed_events.hpp"

#include "core/escape.hpp"
#include "ledger/mysql_statements.hpp"

#include <array>

namespace coupon {

namespace {

/// What failed_event.reason holds at the most.
constexpr std::size_t longest_reason = 500;

std::string fitting(const std::string& reason) {
    return reason.size() <= longest_reason ? reason : reason.substr(0, longest_reason - 3) + "...";
}

Value value_of(const std::optional<std::int64_t>& number) {
    return number ? Value(*number) : Value(nullptr);
}

Result<std::vector<FailedEvent>> select_events(MysqlConnection& connection, std::string_view name, const std::string& topic) {
    std::vector<FailedEvent> events;
    std::optional<SourcePosition> unreadable;
    auto read = connection.select(statement(name), std::array{Value(topic)}, [&](const Row& row) {
        FailedEvent failed;
        failed.topic = topic;
        failed.at = {row.partition(0), row.integer(1, 0)};
        failed.event = row.text(2);
        if (const auto round = row.maybe_integer(3)) failed.round = Round(*round);
        if (const auto user = row.maybe_integer(4)) failed.user = UserId(*user);
        const auto kind = parse_failed_kind(row.text(5));
        if (kind) failed.kind = *kind;
        failed.reason = row.text(6);
        auto raw = restore({row.text(7), row.integer(8, 0), parse_sha256(row.text(9)).value_or(Sha256Digest{})});
        if (!raw || !kind) unreadable = failed.at;
        if (raw) failed.raw = std::move(*raw);
        failed.attempts = row.integer(10, 0);
        failed.resolved = row.maybe_integer(11).has_value();
        events.push_back(std::move(failed));
    });
    if (!read) return read.fault();
    if (unreadable) {
        return Fault{FaultKind::corrupt,
                     "the failed event of topic " + escape(topic) + ", partition " + std::to_string(unreadable->partition) + ", offset " +
                         std::to_string(unreadable->offset) + " holds bytes that the suite never wrote",
                     "restore its column raw from a backup, or delete the row"};
    }
    return events;
}

std::array<Value, 3> place_of(const FailedEvent& failed) {
    return {Value(failed.topic), Value(std::int64_t{failed.at.partition}), Value(failed.at.offset)};
}

} // namespace

Result<std::vector<FailedEvent>> read_failed_events(MysqlConnection& connection, const std::string& topic) {
    return select_events(connection, "failed_events", topic);
}

Result<std::vector<FailedEvent>> read_unresolved_events(MysqlConnection& connection, const std::string& topic) {
    return select_events(connection, "unresolved_events", topic);
}

Status insert_failed_event(MysqlConnection& connection, const FailedEvent& failed) {
    const std::string reason = fitting(failed.reason);
    const auto kept = keep(failed.raw);
    const auto sha256 = hex(kept.sha256);
    const auto round = failed.round ? std::optional(failed.round->value()) : std::nullopt;
    const auto user = failed.user ? std::optional(failed.user->value()) : std::nullopt;
    // One row a statement: a record may be a megabyte, and a packet of many such would be refused whole.
    auto inserted = connection.change(statement("insert_failed_event"),
                                      std::array{Value(failed.topic), Value(std::int64_t{failed.at.partition}), Value(failed.at.offset),
                                                 Value(failed.event), value_of(round), value_of(user), Value(name_of(failed.kind)),
                                                 Value(reason), Value(Bytes{kept.raw}), Value(kept.length), Value(sha256)});
    if (inserted || is_taken(connection.last_error())) return Done{}; // an error of a key undoes its statement only
    return inserted.fault();
}

Result<bool> lock_unresolved(MysqlConnection& connection, const FailedEvent& failed) {
    bool unresolved = false;
    auto read = connection.select(statement("lock_failed_event"), place_of(failed),
                                  [&](const Row& row) { unresolved = !row.maybe_integer(0).has_value(); });
    if (!read) return read.fault();
    return unresolved;
}

Status resolve_failed_event(MysqlConnection& connection, const FailedEvent& failed) {
    auto changed = connection.change(statement("resolve_failed_event"), place_of(failed));
    return changed ? Status(Done{}) : changed.fault();
}

Status keep_failed_event(MysqlConnection& connection, const FailedEvent& failed) {
    const std::string reason = fitting(failed.reason);
    const auto place = place_of(failed);
    auto changed = connection.change(statement("keep_failed_event"),
                                     std::array{Value(name_of(failed.kind)), Value(reason), place[0], place[1], place[2]});
    return changed ? Status(Done{}) : changed.fault();
}

} // namespace coupon
