#include "ledger/mysql/mysql_failed_events.hpp"

#include "core/escape.hpp"
#include "core/foreign_records.hpp"
#include "core/operator_sql.hpp"
#include "ledger/mysql/mysql_rows.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace coupon {

namespace {

Fault corrupt(const std::string& topic, const SourcePosition& at, const std::string& what) {
    return {FaultKind::corrupt,
            "the failed event of topic " + escape(topic) + ", partition " + std::to_string(at.partition) + ", offset " +
                std::to_string(at.offset) + " " + what,
            "restore the row from a backup, or " +
                delete_from("failed_event", "source_topic = '" + escape(topic) + "' AND source_partition = " +
                                                std::to_string(at.partition) + " AND source_offset = " + std::to_string(at.offset))};
}

/// Rows of failed_event, the columns in the order of the statements that give them.
class Reading {
public:
    explicit Reading(const std::string& topic) : topic_(topic) {}

    FailedEvent event(const Row& row) {
        FailedEvent failed;
        failed.topic = topic_;
        const auto record = identity(row);
        failed.at = record.at;
        failed.mark = record.mark;
        failed.event = row.text(4);
        if (const auto round = row.maybe_integer(5)) failed.round = Round(*round);
        if (const auto user = row.maybe_integer(6)) failed.user = UserId(*user);
        if (const auto kind = parse_failed_kind(row.text(7))) {
            failed.kind = *kind;
        } else if (!fault_) {
            fault_ = corrupt(topic_, failed.at, "is of the unknown kind '" + escape(row.text(7), 40) + "'");
        }
        failed.reason = row.text(8);
        failed.attempts = row.integer(9, 0);
        failed.resolved = row.maybe_integer(10).has_value();
        auto why = row.maybe_text(12);
        if (row.maybe_integer(11)) failed.dismissed_why = why.value_or("");
        return failed;
    }
    FailedRecord record(const Row& row) {
        FailedRecord failed{event(row), {}};
        auto raw = restore({row.text(13), row.integer(14, 0), failed.event.mark.sha256});
        if (raw) failed.raw = std::move(*raw);
        if (!raw && !fault_) fault_ = corrupt(topic_, failed.event.at, "holds bytes that the suite never wrote");
        return failed;
    }
    RecordIdentity identity(const Row& row) {
        const auto record = identity_in(row);
        if (record.mark.sha256 == Sha256Digest{} && !fault_) fault_ = corrupt(topic_, record.at, "has a digest that the suite never wrote");
        return record;
    }
    /// What was read, unless `read` or a row was a fault.
    template <class T>
    Result<T> done(const Status& read, T&& value) {
        if (!read) return read.fault();
        if (fault_) return *fault_;
        return std::forward<T>(value);
    }

private:
    const std::string& topic_;
    std::optional<Fault> fault_;
};

} // namespace

RecordIdentity identity_in(const Row& row) {
    return {{row.partition(0), row.integer(1, 0)},
            {Instant(Milliseconds(row.integer(2))), parse_sha256(row.text(3)).value_or(Sha256Digest{})}};
}

std::string_view select_failed(const FailedSelection& which, std::vector<Value>& values, std::string_view of_kind, std::string_view at) {
    if (const auto* kind = std::get_if<FailedKind>(&which)) {
        values.emplace_back(name_of(*kind));
        return of_kind;
    }
    const auto& places = std::get<PlaceRange>(which);
    values.insert(values.end(), {Value(std::int64_t{places.partition}), Value(places.first), Value(places.last), Value(places.digest)});
    return at;
}

Result<std::vector<FailedEvent>> read_failed_events(MysqlConnection& connection, const std::string& topic) {
    std::vector<FailedEvent> events;
    Reading reading(topic);
    const auto read =
        connection.list("failed_events", std::array{Value(topic)}, [&](const Row& row) { events.push_back(reading.event(row)); });
    return reading.done(read, std::move(events));
}

Result<std::vector<RecordIdentity>> read_failed_identities(MysqlConnection& connection, const std::string& topic) {
    std::vector<RecordIdentity> records;
    Reading reading(topic);
    const auto read =
        connection.list("failed_identities", std::array{Value(topic)}, [&](const Row& row) { records.push_back(reading.identity(row)); });
    return reading.done(read, std::move(records));
}

Result<Round> read_highest_failed(MysqlConnection& connection, const std::string& topic, const std::string& event) {
    Round highest(0);
    const std::array values{Value(topic), Value(event), Value(highest_believable_round.value())};
    const auto read = connection.select(statement("highest_failed"), values, [&](const Row& row) { highest = Round(row.integer(0)); });
    if (!read) return read.fault();
    return highest;
}

Result<std::vector<FailedRecord>> read_open(MysqlConnection& connection, const std::string& topic,
                                            const std::optional<RecordIdentity>& after, std::int64_t most) {
    const auto from = after.value_or(RecordIdentity{{-1, -1}, {}});
    const Value partition(std::int64_t{from.at.partition});
    const Value offset(from.at.offset);
    const Value written_at(from.mark.written_at.time_since_epoch().count());
    const auto sha256 = hex(from.mark.sha256);
    std::vector<FailedRecord> records;
    Reading reading(topic);
    const auto read = connection.select(
        statement("open_events"),
        std::array{Value(topic), partition, partition, offset, offset, written_at, written_at, Value(sha256), Value(most)},
        [&](const Row& row) { records.push_back(reading.record(row)); });
    return reading.done(read, std::move(records));
}

Result<std::vector<FailedRecord>> read_open_of(MysqlConnection& connection, const std::string& topic,
                                               std::span<const RecordIdentity> records) {
    std::vector<FailedRecord> open;
    Reading reading(topic);
    for (const auto& [partition, offsets] : offsets_by_partition(records)) {
        const auto read = select_numbers(connection, "open_events_at", {Value(topic), Value(std::int64_t{partition})}, offsets,
                                         [&](const Row& row) { open.push_back(reading.record(row)); });
        if (!read) return read.fault();
    }
    // Others that once lay at the same places are not asked for.
    std::erase_if(open, [&](const FailedRecord& one) { return !std::ranges::binary_search(records, one.event.identity()); });
    return reading.done(Done{}, std::move(open));
}

Result<NamedClaims> read_failed_claims(MysqlConnection& connection, const std::string& topic, const std::string& event, Round round) {
    NamedClaims claims;
    auto read = connection.list("failed_claims", std::array{Value(topic), Value(event), Value(round.value())}, [&](const Row& row) {
        auto& named = row.maybe_integer(1) ? claims.dismissed : claims.open;
        const auto raw = unpack(row.text(0));
        if (!raw) return;
        const auto decoded = decode(*raw);
        const auto* record = std::get_if<IssueRecord>(&decoded);
        if (record == nullptr || record->event != event || record->grant.round != round) return;
        named.push_back({record->grant.user, record->grant.slot});
    });
    if (!read) return read.fault();
    return claims;
}

Result<FailedCounts> count_failed(MysqlConnection& connection, const std::string& topic, const std::string& event,
                                  const std::optional<FailedSelection>& which) {
    std::vector<Value> values{Value(event), Value(topic)};
    std::string_view name = "failed_counts";
    if (which) name = select_failed(*which, values, "failed_counts_of_kind", "failed_counts_at");
    FailedCounts counts;
    std::optional<std::string> unknown;
    auto read = connection.select(statement(name), values, [&](const Row& row) {
        const auto kind = parse_failed_kind(row.text(0));
        if (!kind) unknown = row.text(0);
        if (const auto open = row.integer(1, 0); kind && open > 0) counts.open[*kind] = open;
        counts.open_of_users += row.integer(2, 0);
        counts.dismissed += row.integer(3, 0);
        counts.issued += row.integer(4, 0);
    });
    if (!read) return read.fault();
    if (unknown) {
        return Fault{
            FaultKind::corrupt, "a failed event of topic " + escape(topic) + " is of the unknown kind '" + escape(*unknown, 40) + "'",
            "install the release that wrote it; or, where none did, " + delete_from("failed_event", "kind = '" + escape(*unknown) + "'")};
    }
    return counts;
}

} // namespace coupon
