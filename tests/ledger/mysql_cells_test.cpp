#include "ledger/live_mysql.hpp"
#include "ledger/packet_relay.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/ledger/mysql_cells");

namespace {

using Columns = std::vector<std::pair<std::string, std::string>>; ///< names, each with an expression of its value

/// Every table as a view of one row whose cells are all right.
const std::map<std::string, Columns>& right_tables() {
    static const std::map<std::string, Columns> tables{
        {"coupon_round",
         {{"event", "'promo'"},
          {"round", "1"},
          {"slot_limit", "10"},
          {"topic", "'topic'"},
          {"state", "'open'"},
          {"epoch", "1"},
          {"opens_at", "CAST(5 AS SIGNED)"},
          {"closes_at", "CAST(6 AS SIGNED)"},
          {"owner", "'me'"},
          {"consumer_group", "'group'"},
          {"cluster_id", "'cluster'"},
          {"round_key", "''"},
          {"gate_run_id", "'run'"},
          {"gate_database", "0"},
          {"gate_addresses", "'127.0.0.1:6379'"},
          {"once_key", "CAST(NULL AS CHAR)"}}},
        {"coupon_fence",
         {{"event", "'promo'"},
          {"round", "1"},
          {"epoch", "1"},
          {"source_partition", "0"},
          {"end_offset", "7"},
          {"below_offset", "6"},
          {"below_timestamp", "5"},
          {"below_sha256", "SHA2('1:9,-,', 256)"}}},
        {"coupon_purge", {{"event", "'promo'"}, {"round", "1"}, {"source_partition", "0"}, {"purge_offset", "7"}}},
        {"coupon_position",
         {{"event", "'promo'"},
          {"source_topic", "'topic'"},
          {"source_partition", "0"},
          {"next_offset", "4"},
          {"unbroken_from", "0"},
          {"last_timestamp", "1"},
          {"last_sha256", "SHA2('1:9,-,', 256)"}}},
        {"coupon", {{"event", "'promo'"}, {"round", "1"}, {"slot", "1"}, {"user_id", "9"}, {"granted_at", "5"}, {"issued_at", "6"}}},
        {"failed_event",
         {{"source_topic", "'topic'"},
          {"source_partition", "0"},
          {"source_offset", "3"},
          {"source_timestamp", "1"},
          {"event", "'promo'"},
          {"round", "1"},
          {"user_id", "9"},
          {"kind", "'conflict'"},
          {"reason", "'why'"},
          {"raw", "'1:9,-,'"},
          {"raw_length", "6"},
          {"raw_sha256", "SHA2('1:9,-,', 256)"},
          {"attempts", "1"},
          {"resolved_at", "CAST(NULL AS SIGNED)"},
          {"dismissed_at", "CAST(NULL AS SIGNED)"},
          {"dismissed_why", "CAST(NULL AS CHAR(5))"}}},
        {"abandoned_claim", {{"event", "'promo'"}, {"round", "1"}, {"slot", "1"}, {"user_id", "9"}}},
        {"void_claim", {{"event", "'promo'"}, {"round", "1"}, {"epoch", "2"}, {"slot", "1"}, {"user_id", "9"}, {"reason", "'old_copy'"}}},
    };
    return tables;
}

std::string one_row_of(const std::string& table, const std::string& wrong_column, const std::string& wrong_cell) {
    std::string cells;
    for (const auto& [name, cell] : right_tables().at(table))
        cells += (cells.empty() ? "" : ", ") + (name == wrong_column ? wrong_cell : cell) + " AS " + name;
    return "SELECT " + cells;
}

void make_view(RawMysql& raw, const std::string& table, const std::string& wrong_column = {}, const std::string& wrong_cell = {}) {
    raw.run("CREATE OR REPLACE VIEW " + table + " AS " + one_row_of(table, wrong_column, wrong_cell));
}

/// A table with the key of failed_event, for a statement that names it, as no view has one.
void make_keyed_table(RawMysql& raw, const std::string& table, const std::string& wrong_column = {}, const std::string& wrong_cell = {}) {
    raw.run("DROP TABLE IF EXISTS " + table);
    raw.run("CREATE TABLE " + table + " (PRIMARY KEY (source_topic, source_partition, source_offset)) " +
            one_row_of(table, wrong_column, wrong_cell));
}

using Read = std::function<Status(Ledger&)>;

template <class T>
Status status_of(const Result<T>& result) {
    return result ? Status(Done{}) : Status(result.fault());
}

const Read rounds = [](Ledger& ledger) { return status_of(ledger.rounds(soon())); };
const Read fences = [](Ledger& ledger) { return status_of(ledger.fences(Round(1), soon())); };
const Read purge_offsets = [](Ledger& ledger) { return status_of(ledger.purge_offsets(Round(1), soon())); };
const Read coupons = [](Ledger& ledger) { return status_of(ledger.coupons(Round(1), soon())); };
const Read coupons_of_user = [](Ledger& ledger) { return status_of(ledger.coupons_of(Round(1), UserId(9), soon())); };
const Read failed_events = [](Ledger& ledger) { return status_of(ledger.failed(soon())); };
const Read open_failed = [](Ledger& ledger) { return status_of(ledger.open_failed({}, 10, soon())); };
const Read failed_identities = [](Ledger& ledger) { return status_of(ledger.failed_identities(soon())); };
const Read failed_claims = [](Ledger& ledger) { return status_of(ledger.failed_claims(Round(1), soon())); };
const Read failed_counts = [](Ledger& ledger) { return status_of(ledger.failed_counts({}, soon())); };
const Read settled_topic = [](Ledger& ledger) { return status_of(ledger.settled_topic(soon())); };
const Read snapshot = [](Ledger& ledger) { return status_of(ledger.snapshot(Round(1), soon())); };

enum class Kind { number, count, text }; ///< a count is not negative

struct Column {
    std::string table;
    std::string name;
    Kind kind;
    Read read;
    bool is_nullable = false;
    bool is_compared = false; ///< with the event asked for, so that NULL is no row of it
};

/// Every column that a statement reads.
const std::vector<Column> read_columns{
    {"coupon_round", "event", Kind::text, rounds, false, true},
    {"coupon_round", "round", Kind::count, rounds},
    {"coupon_round", "slot_limit", Kind::count, rounds},
    {"coupon_round", "topic", Kind::text, rounds},
    {"coupon_round", "state", Kind::text, rounds},
    {"coupon_round", "epoch", Kind::count, rounds},
    {"coupon_round", "opens_at", Kind::count, rounds, true},
    {"coupon_round", "closes_at", Kind::count, rounds, true},
    {"coupon_round", "owner", Kind::text, rounds},
    {"coupon_round", "consumer_group", Kind::text, rounds},
    {"coupon_round", "cluster_id", Kind::text, rounds},
    {"coupon_round", "round_key", Kind::text, rounds},
    {"coupon_round", "gate_run_id", Kind::text, rounds},
    {"coupon_round", "gate_database", Kind::count, rounds},
    {"coupon_round", "gate_addresses", Kind::text, rounds},
    {"coupon_fence", "epoch", Kind::count, fences},
    {"coupon_fence", "source_partition", Kind::count, fences},
    {"coupon_fence", "end_offset", Kind::count, fences},
    {"coupon_fence", "below_offset", Kind::number, fences, true},
    {"coupon_fence", "below_timestamp", Kind::number, fences, true},
    {"coupon_fence", "below_sha256", Kind::text, fences, true},
    {"coupon_purge", "source_partition", Kind::count, purge_offsets},
    {"coupon_purge", "purge_offset", Kind::count, purge_offsets},
    {"coupon_position", "source_partition", Kind::count, snapshot},
    {"coupon_position", "next_offset", Kind::count, snapshot},
    {"coupon_position", "unbroken_from", Kind::count, settled_topic},
    {"coupon_position", "last_timestamp", Kind::number, settled_topic},
    {"coupon_position", "last_sha256", Kind::text, settled_topic},
    {"coupon", "slot", Kind::number, coupons},
    {"coupon", "user_id", Kind::number, coupons},
    {"coupon", "granted_at", Kind::count, coupons_of_user},
    {"coupon", "issued_at", Kind::count, coupons_of_user},
    {"failed_event", "source_partition", Kind::count, failed_events},
    {"failed_event", "source_offset", Kind::count, failed_events},
    {"failed_event", "event", Kind::text, failed_events},
    {"failed_event", "round", Kind::number, failed_events, true},
    {"failed_event", "user_id", Kind::number, failed_events, true},
    {"failed_event", "kind", Kind::text, failed_events},
    {"failed_event", "reason", Kind::text, failed_events},
    {"failed_event", "attempts", Kind::count, failed_events},
    {"failed_event", "resolved_at", Kind::number, failed_events, true},
    {"failed_event", "dismissed_at", Kind::number, failed_events, true},
    {"failed_event", "dismissed_why", Kind::text, failed_events, true},
    {"failed_event", "source_partition", Kind::count, failed_identities},
    {"failed_event", "source_offset", Kind::count, failed_identities},
    {"failed_event", "source_timestamp", Kind::number, failed_identities},
    {"failed_event", "raw_sha256", Kind::text, failed_identities},
    {"failed_event", "dismissed_at", Kind::number, failed_claims, true},
    {"failed_event", "kind", Kind::text, failed_counts},
    {"abandoned_claim", "slot", Kind::number, snapshot},
    {"abandoned_claim", "user_id", Kind::number, snapshot},
    {"void_claim", "epoch", Kind::count, snapshot},
    {"void_claim", "slot", Kind::number, snapshot},
    {"void_claim", "user_id", Kind::number, snapshot},
    {"void_claim", "reason", Kind::text, snapshot},
};

/// Those of them that only a statement reads which names its index.
const std::vector<Column> columns_of_records{
    {"failed_event", "raw", Kind::text, open_failed},
    {"failed_event", "raw_length", Kind::count, open_failed},
    {"failed_event", "raw_sha256", Kind::text, open_failed},
};

std::vector<std::string> wrong_cells(const Column& column) {
    // A comparison with the event takes 0 for equal to any text that is no number, so such rows are rows of the event.
    std::vector<std::string> cells{"0e0"};
    if (!column.is_compared) cells.emplace_back("CAST('2026-05-09' AS DATE)");
    if (column.kind == Kind::text) {
        cells.emplace_back("0");
        if (!column.is_compared && !column.is_nullable) cells.emplace_back("CAST(NULL AS CHAR(5))");
    } else {
        cells.insert(cells.end(), {"'1'", "18446744073709551615"});
        if (!column.is_nullable) cells.emplace_back("CAST(NULL AS SIGNED)");
    }
    if (column.kind == Kind::count) cells.emplace_back("-1");
    return cells;
}

using Make = std::function<void(RawMysql& raw, const std::string& table, const std::string& wrong_column, const std::string& wrong_cell)>;

/// Plants every wrong cell in every column; gives how many.
int plant(RawMysql& raw, Ledger& ledger, const std::vector<Column>& columns, const Make& make) {
    int planted = 0;
    for (const auto& column : columns) {
        CAPTURE(column.table);
        CAPTURE(column.name);
        for (const auto& cell : wrong_cells(column)) {
            CAPTURE(cell);
            make(raw, column.table, column.name, cell);
            const auto read = column.read(ledger);
            REQUIRE_FALSE(read);
            CHECK(read.fault().kind == FaultKind::corrupt);
            CHECK(read.fault().message.find("gave a wrong answer: it has ") != std::string::npos);
            ++planted;
        }
        make(raw, column.table, {}, {});
        const auto right = column.read(ledger);
        CHECK_MESSAGE(right, told(right));
    }
    return planted;
}

} // namespace

TEST_CASE("a cell that its place does not allow is a fault of its own in every column that is read, and the next statement works") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    auto raw = database.raw();
    for (const auto& [table, columns] : right_tables())
        make_view(raw, table);
    const auto ledger = open_ledger(database.options(), "promo", "topic");
    CHECK(plant(raw, *ledger, read_columns, make_view) >= 150);
}

TEST_CASE("a cell that its place does not allow is a fault of its own in every column of a failed event's record") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    auto raw = database.raw();
    for (const auto& [table, columns] : right_tables())
        make_view(raw, table);
    raw.run("DROP VIEW failed_event");
    const auto ledger = open_ledger(database.options(), "promo", "topic");
    CHECK(plant(raw, *ledger, columns_of_records, make_keyed_table) >= 13);
}

TEST_CASE("an answer with rows where none were asked for, or with fewer columns or values, is a fault, not the end of the program") {
    PacketRelay relay(live_mysql().port);
    auto options = live_mysql();
    options.port = relay.port();
    // OK packets that tell of one column; and an answer to a PREPARE with 9 parameters and no columns.
    relay.play(PacketRelay::Trick::answer_instead, "SET SESSION sql_mode", "\x01");
    const auto opened = open_mysql_ledger_reader(options, *EventName::parse("promo"), "topic");
    CHECK_FALSE(opened);
    auto ledger = open_ledger(options, "promo", "topic");
    relay.play(PacketRelay::Trick::answer_instead, "FROM coupon_round",
               std::string("\x00\x01\x00\x00\x00\x00\x00\x09\x00\x00\x00\x00", 12));
    const auto rounds = ledger->rounds(soon());
    REQUIRE_FALSE(rounds);
    CHECK((rounds.fault().kind == FaultKind::corrupt || rounds.fault().kind == FaultKind::unreachable));
}

TEST_SUITE_END();
