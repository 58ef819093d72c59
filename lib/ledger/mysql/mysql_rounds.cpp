#include "ledger/mysql/mysql_rounds.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "ledger/mysql/mysql_rows.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

constexpr int lock_tries = 5;

Fault corrupt(const std::string& what) {
    return {FaultKind::corrupt, "the ledger contradicts itself: " + what,
            "restore table coupon_round from a backup, or correct that row: SELECT event, round, state, topic FROM coupon_round"};
}

Value value_of(const std::optional<Instant>& moment) {
    return moment ? Value(std::int64_t{moment->time_since_epoch().count()}) : Value(nullptr);
}

/// The column gate_addresses, one address a line, and back.
std::string joined_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + "\n";
    return text;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// Of a statement that reads more than a row of coupon_round.
constexpr std::size_t column_behind_round = 16;

/// Rows of coupon_round as `read` gives them.
Result<std::vector<RoundRow>> rounds_of(const std::function<Status(const std::function<void(const Row&)>&)>& read) {
    std::vector<RoundRow> rows;
    std::optional<std::string> broken;
    const auto take = [&](const Row& row) {
        const auto state = parse_round_state(row.text(4));
        if (!state) broken = "a round is in state '" + escape(row.text(4)) + "'";
        const auto key = RoundKey::parse(row.text(11));
        if (!key && !row.text(11).empty()) broken = "a round's key is not 32 hexadecimal digits"; // which it may almost be: not shown
        rows.push_back({row.text(0),
                        Round(row.integer(1, 1, highest_count)),
                        Limit(row.integer(2, smallest_limit, largest_limit)),
                        row.text(3),
                        state.value_or(RoundState::closed),
                        Epoch(row.integer(5, 0, highest_count)),
                        {row.maybe_moment(6), row.maybe_moment(7)},
                        row.text(8),
                        row.text(9),
                        row.text(10),
                        key,
                        {row.text(12), row.integer(13, 0), lines_of(row.text(14))},
                        row.maybe_text(15)});
    };
    if (auto done = read(take); !done) return done.fault();
    if (broken) return corrupt(*broken);
    return rows;
}

Result<std::optional<RoundRow>> select_round(MysqlConnection& connection, std::string_view name, std::span<const Value> values) {
    auto rows = rounds_of([&](const auto& take) { return connection.select(statement(name), values, take); });
    if (!rows) return rows.fault();
    return rows->empty() ? std::optional<RoundRow>{} : std::optional(rows->front());
}

} // namespace

Result<std::vector<RoundRow>> read_rounds(MysqlConnection& connection, const std::string& event) {
    return rounds_of([&](const auto& take) { return connection.list("rounds", std::array{Value(event)}, take); });
}

Result<std::optional<SharedRound>> share_round(MysqlConnection& connection, const std::string& event, Round round) {
    Instant now{};
    const auto rows = rounds_of([&](const auto& take) {
        return connection.select(statement("share_round"), std::array{Value(event), Value(round.value())}, [&](const Row& row) {
            take(row);
            now = row.moment(column_behind_round);
        });
    });
    if (!rows) return rows.fault();
    return rows->empty() ? std::optional<SharedRound>{} : SharedRound{rows->front(), now};
}

Result<std::optional<RoundRow>> lock_round(MysqlConnection& connection, const std::string& event, Round round) {
    return select_round(connection, "lock_round", std::array{Value(event), Value(round.value())});
}

Result<std::optional<RoundRow>> lock_highest_round(MysqlConnection& connection, const std::string& event) {
    // While this waits for the row's lock, its holder may insert the next round, and the wait ends with the row it began with. So look
    // again: who holds the highest row keeps every other from inserting a higher one.
    std::optional<Round> seen;
    for (int i = 0; i < lock_tries; ++i) {
        auto highest = select_round(connection, "lock_highest_round", std::array{Value(event)});
        if (!highest || !*highest || (*highest)->round == seen) return highest;
        seen = (*highest)->round;
    }
    return Fault{FaultKind::refused, "rounds of event " + event + " are being opened one after the other", ""};
}

Status write_round(MysqlConnection& connection, const RoundRow& row) {
    const auto addresses = joined_lines(row.home.addresses);
    auto written = connection.change(statement("update_round"),
                                     std::array{Value(name_of(row.state)), Value(row.epoch.value()), value_of(row.window.closes_at),
                                                Value(row.owner), Value(row.home.run_id), Value(row.home.database), Value(addresses),
                                                Value(row.event), Value(row.round.value())});
    return written ? Status(Done{}) : written.fault();
}

Status insert_round_row(MysqlConnection& connection, const RoundRow& row) {
    const auto key = row.key ? row.key->secret_text() : std::string();
    const auto addresses = joined_lines(row.home.addresses);
    auto inserted = connection.change(statement("insert_round"),
                                      std::array{Value(row.event), Value(row.round.value()), Value(row.limit.value()), Value(row.topic),
                                                 Value(name_of(row.state)), Value(row.epoch.value()), value_of(row.window.opens_at),
                                                 value_of(row.window.closes_at), Value(row.owner), Value(row.group), Value(row.cluster_id),
                                                 Value(key), Value(row.home.run_id), Value(row.home.database), Value(addresses),
                                                 row.once_key ? Value(*row.once_key) : Value(nullptr)});
    return inserted ? Status(Done{}) : inserted.fault();
}

Result<bool> is_known_event(MysqlConnection& connection, const std::string& event) {
    bool known = false;
    auto read = connection.select(statement("event_known"), std::array{Value(event)}, [&](const Row&) { known = true; });
    if (!read) return read.fault();
    return known;
}

Result<std::optional<Round>> read_round_opened_once(MysqlConnection& connection, const std::string& event, const std::string& once_key) {
    std::optional<Round> round;
    auto read = connection.select(statement("round_opened_once"), std::array{Value(event), Value(once_key)},
                                  [&](const Row& row) { round = Round(row.integer(0, 1, highest_count)); });
    if (!read) return read.fault();
    return round;
}

Result<std::vector<std::string>> read_events(MysqlConnection& connection) {
    std::vector<std::string> events;
    auto read = connection.list("events", {}, [&](const Row& row) { events.push_back(row.text(0)); });
    if (!read) return read.fault();
    return events;
}

Result<std::optional<std::string>> read_event_of_topic(MysqlConnection& connection, const std::string& topic) {
    std::vector<std::string> events;
    auto read =
        connection.select(statement("events_of_topic"), std::array{Value(topic)}, [&](const Row& row) { events.push_back(row.text(0)); });
    if (!read) return read.fault();
    if (events.size() > 1) {
        return corrupt("topic " + escape(topic) + " is bound to event " + escape(events[0]) + " and to event " + escape(events[1]));
    }
    return events.empty() ? std::optional<std::string>{} : std::optional(events.front());
}

Result<std::optional<std::string>> lock_other_event_of_topic(MysqlConnection& connection, const std::string& topic,
                                                             const std::string& event) {
    std::optional<std::string> other;
    auto read = connection.select(statement("lock_events_of_topic"), std::array{Value(topic)}, [&](const Row& row) {
        if (row.text(0) != event) other = row.text(0);
    });
    if (!read) return read.fault();
    return other;
}

namespace {

/// A fence whose columns begin at `first`: epoch, source_partition, end_offset, below_offset, below_timestamp, below_sha256.
Fence fence_in(const Row& row, std::size_t first) {
    Fence fence{Epoch(row.integer(first, 0, highest_count)), row.partition(first + 1), row.integer(first + 2, 0), {}};
    const auto offset = row.maybe_integer(first + 3);
    const auto written_at = row.maybe_integer(first + 4);
    const auto sha256 = parse_sha256(row.maybe_text(first + 5).value_or(""));
    // One that cannot be read tells nothing, as one that was not stored.
    if (offset && written_at && sha256)
        fence.below = RecordIdentity{{fence.partition, *offset}, {Instant(Milliseconds(*written_at)), *sha256}};
    return fence;
}

} // namespace

Result<std::vector<Fence>> read_fences(MysqlConnection& connection, const std::string& event, Round round) {
    std::vector<Fence> fences;
    auto read = connection.list("fences", std::array{Value(event), Value(round.value())},
                                [&](const Row& row) { fences.push_back(fence_in(row, 0)); });
    if (!read) return read.fault();
    return fences;
}

Result<std::map<Round, std::vector<Fence>>> read_all_fences(MysqlConnection& connection, const std::string& event) {
    std::map<Round, std::vector<Fence>> fences;
    auto read = connection.list("fences_of_event", std::array{Value(event)},
                                [&](const Row& row) { fences[Round(row.integer(0, 1, highest_count))].push_back(fence_in(row, 1)); });
    if (!read) return read.fault();
    return fences;
}

Status insert_fences(MysqlConnection& connection, const std::string& event, Round round, Epoch epoch,
                     const std::map<std::int32_t, LogEnd>& ends) {
    std::vector<std::string> digests;
    for (const auto& [partition, end] : ends)
        digests.push_back(end.below ? hex(end.below->mark.sha256) : "");
    auto end = ends.begin();
    std::size_t place = 0;
    return insert_rows(connection, "insert_fences", ends.size(), [&](std::size_t, std::vector<Value>& values) {
        const auto& [partition, log] = *end++;
        values.insert(values.end(),
                      {Value(event), Value(round.value()), Value(epoch.value()), Value(std::int64_t{partition}), Value(log.offset)});
        const auto& digest = digests[place++];
        if (log.below) {
            values.insert(values.end(),
                          {Value(log.below->at.offset), Value(log.below->mark.written_at.time_since_epoch().count()), Value(digest)});
        } else {
            values.insert(values.end(), 3, Value(nullptr));
        }
    });
}

Status zero_fences(MysqlConnection& connection, const std::string& event, Round round, const Fence& last) {
    const auto changed =
        connection.change(statement("zero_fences"),
                          std::array{Value(event), Value(round.value()), Value(std::int64_t{last.partition}), Value(last.epoch.value())});
    return changed ? Status(Done{}) : changed.fault();
}

Result<std::map<std::int32_t, std::int64_t>> read_purge_offsets(MysqlConnection& connection, const std::string& event, Round round) {
    std::map<std::int32_t, std::int64_t> offsets;
    auto read = connection.list("purge_offsets", std::array{Value(event), Value(round.value())},
                                [&](const Row& row) { offsets[row.partition(0)] = row.integer(1, 0); });
    if (!read) return read.fault();
    return offsets;
}

Result<std::map<std::int32_t, std::int64_t>> read_purged_to(MysqlConnection& connection, const std::string& event,
                                                            const std::string& topic) {
    std::map<std::int32_t, std::int64_t> offsets;
    auto read = connection.list("purged_to", std::array{Value(event), Value(topic)},
                                [&](const Row& row) { offsets[row.partition(0)] = row.integer(1, 0); });
    if (!read) return read.fault();
    return offsets;
}

Status insert_purge_offsets(MysqlConnection& connection, const std::string& event, Round round,
                            const std::map<std::int32_t, std::int64_t>& offsets) {
    auto offset = offsets.begin();
    return insert_rows(connection, "insert_purge_offsets", offsets.size(), [&](std::size_t, std::vector<Value>& values) {
        values.insert(values.end(), {Value(event), Value(round.value()), Value(std::int64_t{offset->first}), Value(offset->second)});
        ++offset;
    });
}

} // namespace coupon
