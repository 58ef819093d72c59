#include "core/batch_rule.hpp"
#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_rows.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace coupon {

namespace {

/// What failed_event.reason and failed_event.dismissed_why hold at the most.
constexpr std::size_t longest_text = 500;
/// What the only row of a statement takes besides its record at most: topic, event, reason, digest and numbers, with room to spare.
constexpr std::size_t bytes_beside_raw = 4096;
/// The most that one statement carries, where the server takes more: it is held whole here and there.
constexpr std::size_t longest_statement = 1024 * 1024;

std::string fitting(const std::string& text) {
    return text.size() <= longest_text ? text : text.substr(0, longest_text - 3) + "...";
}

Value value_of(const std::optional<std::int64_t>& number) {
    return number ? Value(*number) : Value(nullptr);
}

std::int64_t written_at_of(const RecordMark& mark) {
    return mark.written_at.time_since_epoch().count();
}

/// Changes the rows of these records, `fixed` values first in each statement.
Status change_records(MysqlConnection& connection, std::string_view statement_name, const std::vector<Value>& fixed,
                      std::span<const RecordIdentity> records) {
    while (!records.empty()) {
        const auto some = records.first(filled_size(records.size()));
        records = records.subspan(some.size());
        std::vector<std::string> digests;
        auto values = fixed;
        for (const auto& record : some) {
            values.emplace_back(record.at.offset);
            digests.push_back(hex(record.mark.sha256));
        }
        for (std::size_t i = 0; i < some.size(); ++i)
            values.insert(values.end(), {Value(some[i].at.offset), Value(written_at_of(some[i].mark)), Value(digests[i])});
        if (auto changed = connection.change(repeated(statement_name, some.size()), values); !changed) return changed.fault();
    }
    return Done{};
}

/// A failed event as its row has it, with the texts that the values of a statement point to.
struct PackedEvent {
    const FailedEvent* event;
    std::string reason;
    KeptRecord kept;
    std::string sha256;

    /// What it takes in a statement of many rows, text included, with room to spare.
    [[nodiscard]] std::size_t size() const { return kept.raw.size() + reason.size() + event->topic.size() + event->event.size() + 512; }
};

class Inserting {
public:
    /// `packet`: the largest one that the server takes, in bytes.
    Inserting(MysqlConnection& connection, std::size_t packet, std::vector<FailedRecord>& failed)
        : connection_(connection), most_(std::min(longest_statement, packet)) {
        for (auto& one : failed)
            packed_.push_back(pack_event(one));
    }

    Status run() {
        auto done = insert(packed_);
        if (!is_taken()) return done;
        // Some were written before: their records come again after a worker ended without committing its offsets.
        if (auto left_out = leave_out_known(); !left_out) return left_out;
        done = insert(packed_);
        if (!is_taken()) return done;
        // Another worker writes the same at this moment.
        for (const auto& one : packed_) {
            if (done = insert({&one, 1}); !done && !is_taken()) return done;
        }
        return Done{};
    }

private:
    PackedEvent pack_event(FailedRecord& failed) const {
        const auto room = most_ - std::min(most_, bytes_beside_raw);
        auto kept = keep(failed.raw, std::min(longest_kept, room));
        if (!kept.is_whole()) {
            // What can never be issued is of that kind, whatever else was wrong with it.
            failed.raw = *restore(kept);
            const auto read = read_record({failed.event.at, failed.raw});
            failed.event.kind = read.kind;
            failed.event.reason = read.problem;
        }
        auto sha256 = hex(kept.sha256);
        return {&failed.event, fitting(failed.event.reason), std::move(kept), std::move(sha256)};
    }

    /// As many of them in one statement as it may carry.
    Status insert(std::span<const PackedEvent> events) {
        is_taken_ = false;
        while (!events.empty()) {
            std::size_t count = 1;
            auto size = events.front().size();
            while (count < std::min(events.size(), largest_statement) && size + events[count].size() <= most_)
                size += events[count++].size();
            const auto some = events.first(filled_size(count));
            if (auto done = insert_rows(connection_, "insert_failed_events", some.size(),
                                        [&](std::size_t i, std::vector<Value>& values) { append(some[i], values); });
                !done) {
                // An error of a key undoes its statement only; the transaction goes on.
                is_taken_ = coupon::is_taken(connection_.last_error());
                return done;
            }
            events = events.subspan(some.size());
        }
        return Done{};
    }
    [[nodiscard]] bool is_taken() const { return is_taken_; }

    static void append(const PackedEvent& packed, std::vector<Value>& values) {
        const auto& event = *packed.event;
        values.insert(values.end(), {Value(event.topic), Value(std::int64_t{event.at.partition}), Value(event.at.offset),
                                     Value(written_at_of(event.mark)), Value(event.event),
                                     value_of(event.round ? std::optional(event.round->value()) : std::nullopt),
                                     value_of(event.user ? std::optional(event.user->value()) : std::nullopt), Value(name_of(event.kind)),
                                     Value(packed.reason), Value(Bytes{packed.kept.raw}), Value(packed.kept.length), Value(packed.sha256)});
    }

    Status leave_out_known() {
        std::vector<RecordIdentity> records;
        for (const auto& one : packed_)
            records.push_back(one.event->identity());
        std::sort(records.begin(), records.end());
        std::set<RecordIdentity> known;
        for (const auto& [partition, offsets] : offsets_by_partition(records)) {
            const Value number(std::int64_t{partition});
            auto read = select_numbers(connection_, "known_records", {Value(packed_.front().event->topic), number}, offsets,
                                       [&](const Row& row) { known.insert(identity_in(row)); });
            if (!read) return read;
        }
        std::erase_if(packed_, [&](const PackedEvent& one) { return known.contains(one.event->identity()); });
        return Done{};
    }

    MysqlConnection& connection_;
    std::size_t most_;
    std::vector<PackedEvent> packed_;
    bool is_taken_ = false; ///< the last insert met a row that is there
};

} // namespace

std::map<std::int32_t, std::vector<std::int64_t>> offsets_by_partition(std::span<const RecordIdentity> records) {
    std::map<std::int32_t, std::vector<std::int64_t>> offsets;
    for (const auto& record : records) {
        auto& of_partition = offsets[record.at.partition];
        if (of_partition.empty() || of_partition.back() != record.at.offset) of_partition.push_back(record.at.offset);
    }
    return offsets;
}

Status insert_failed_events(MysqlConnection& connection, std::vector<FailedRecord>& failed) {
    if (failed.empty()) return Done{};
    const auto packet = connection.largest_packet();
    if (!packet) return packet.fault();
    return Inserting(connection, *packet, failed).run();
}

Result<std::set<RecordIdentity>> lock_open(MysqlConnection& connection, const std::string& topic, std::span<const RecordIdentity> records) {
    std::set<RecordIdentity> open;
    for (const auto& [partition, offsets] : offsets_by_partition(records)) {
        auto read = select_numbers(connection, "lock_open_events", {Value(topic), Value(std::int64_t{partition})}, offsets,
                                   [&](const Row& row) { open.insert(identity_in(row)); });
        if (!read) return read.fault();
    }
    return open;
}

Status write_tries(MysqlConnection& connection, const std::string& topic, std::span<const FailedEvent> tried) {
    std::map<std::int32_t, std::vector<RecordIdentity>> resolved;
    std::map<std::tuple<FailedKind, std::string, std::int32_t>, std::vector<RecordIdentity>> kept;
    for (const auto& event : tried) {
        auto& records = event.resolved ? resolved[event.at.partition] : kept[{event.kind, fitting(event.reason), event.at.partition}];
        records.push_back(event.identity());
    }
    for (const auto& [partition, records] : resolved) {
        const std::vector<Value> fixed{Value(topic), Value(std::int64_t{partition})};
        if (auto done = change_records(connection, "resolve_failed_events", fixed, records); !done) return done;
    }
    for (const auto& [why, records] : kept) {
        const auto& [kind, reason, partition] = why;
        const std::vector<Value> fixed{Value(name_of(kind)), Value(reason), Value(topic), Value(std::int64_t{partition})};
        if (auto done = change_records(connection, "keep_failed_events", fixed, records); !done) return done;
    }
    return Done{};
}

Result<std::int64_t> dismiss_some(MysqlConnection& connection, const std::string& topic, const FailedSelection& which,
                                  const std::string& why, std::int64_t most) {
    const auto text = fitting(why);
    std::vector<Value> values{Value(text), Value(topic)};
    const auto name = select_failed(which, values, "dismiss_events_of_kind", "dismiss_events_at");
    values.emplace_back(most);
    return connection.change(statement(name), values);
}

} // namespace coupon
