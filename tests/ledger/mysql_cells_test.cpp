#include "ledger/live_mysql.hpp"
#include "ledger/packet_relay.hpp"

#include <doctest/doctest.h>

#include <algorithm>
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
          {"gate_addresses", "'127.0.0.1:6379'"}}},
        {"coupon_fence", {{"event", "'promo'"}, {"round", "1"}, {"epoch", "1"}, {"source_partition", "0"}, {"end_offset", "7"}}},
        {"coupon_purge", {{"event", "'promo'"}, {"round", "1"}, {"source_partition", "0"}, {"purge_offset", "7"}}},
        {"coupon", {{"event", "'promo'"}, {"round", "1"}, {"slot", "1"}, {"user_id", "9"}, {"granted_at", "5"}, {"issued_at", "6"}}},
        {"failed_event",
         {{"source_topic", "'topic'"},
          {"source_partition", "0"},
          {"source_offset", "3"},
          {"event", "'promo'"},
          {"round", "1"},
          {"user_id", "9"},
          {"reason", "'why'"},
          {"raw", "'1:9,-,'"},
          {"attempts", "1"},
          {"resolved_at", "CAST(NULL AS SIGNED)"}}},
        {"abandoned_claim", {{"event", "'promo'"}, {"round", "1"}, {"slot", "1"}, {"user_id", "9"}}},
    };
    return tables;
}

void make_view(RawMysql& raw, const std::string& table, const std::string& wrong_column = {}, const std::string& wrong_cell = {}) {
    std::string cells;
    for (const auto& [name, cell] : right_tables().at(table))
        cells += (cells.empty() ? "" : ", ") + (name == wrong_column ? wrong_cell : cell) + " AS " + name;
    raw.run("CREATE OR REPLACE VIEW " + table + " AS SELECT " + cells);
}

/// What reads a table.
std::map<std::string, std::function<std::vector<Status>(Ledger&)>> readers() {
    const auto status = [](const auto& result) { return result ? Status(Done{}) : Status(result.fault()); };
    return {
        {"coupon_round",
         [=](Ledger& ledger) {
             return std::vector<Status>{status(ledger.rounds(soon())), status(ledger.event_of_topic(soon())),
                                        status(ledger.snapshot(Round(1), soon()))};
         }},
        {"coupon_fence", [=](Ledger& ledger) { return std::vector<Status>{status(ledger.fences(Round(1), soon()))}; }},
        {"coupon_purge",
         [=](Ledger& ledger) {
             return std::vector<Status>{status(ledger.purge_offsets(Round(1), soon())), status(ledger.snapshot(Round(1), soon()))};
         }},
        {"coupon",
         [=](Ledger& ledger) {
             return std::vector<Status>{status(ledger.coupons(Round(1), soon())),
                                        status(ledger.coupons_after(Round(1), Slot(0), 5, soon())),
                                        status(ledger.coupons_of(Round(1), UserId(9), soon()))};
         }},
        {"failed_event",
         [=](Ledger& ledger) {
             return std::vector<Status>{status(ledger.failed(soon())), status(ledger.retry_failed(soon()))};
         }},
        {"abandoned_claim", [=](Ledger& ledger) { return std::vector<Status>{status(ledger.snapshot(Round(1), soon()))}; }},
    };
}

struct WrongColumn {
    std::string table;
    std::string column;
    enum class Kind { number, count, text } kind; ///< a count is not negative
    bool is_nullable = false;
    bool is_compared = false; ///< with the event asked for, so that NULL or another text is no row of it
};

using Kind = WrongColumn::Kind;

/// Every column that a statement reads.
const std::vector<WrongColumn> read_columns{
    {"coupon_round", "event", Kind::text, false, true},
    {"coupon_round", "round", Kind::count},
    {"coupon_round", "slot_limit", Kind::count},
    {"coupon_round", "topic", Kind::text},
    {"coupon_round", "state", Kind::text},
    {"coupon_round", "epoch", Kind::count},
    {"coupon_round", "opens_at", Kind::count, true},
    {"coupon_round", "closes_at", Kind::count, true},
    {"coupon_round", "owner", Kind::text},
    {"coupon_round", "consumer_group", Kind::text},
    {"coupon_round", "cluster_id", Kind::text},
    {"coupon_round", "round_key", Kind::text},
    {"coupon_round", "gate_run_id", Kind::text},
    {"coupon_round", "gate_database", Kind::count},
    {"coupon_round", "gate_addresses", Kind::text},
    {"coupon_fence", "epoch", Kind::count},
    {"coupon_fence", "source_partition", Kind::count},
    {"coupon_fence", "end_offset", Kind::count},
    {"coupon_purge", "source_partition", Kind::count},
    {"coupon_purge", "purge_offset", Kind::count},
    {"coupon", "slot", Kind::number},
    {"coupon", "user_id", Kind::number, false, true},
    {"coupon", "granted_at", Kind::count},
    {"coupon", "issued_at", Kind::count},
    {"failed_event", "source_partition", Kind::count},
    {"failed_event", "source_offset", Kind::count},
    {"failed_event", "event", Kind::text},
    {"failed_event", "round", Kind::number, true},
    {"failed_event", "user_id", Kind::number, true},
    {"failed_event", "reason", Kind::text},
    {"failed_event", "raw", Kind::text},
    {"failed_event", "attempts", Kind::count},
    {"failed_event", "resolved_at", Kind::number, true},
    {"abandoned_claim", "slot", Kind::number},
    {"abandoned_claim", "user_id", Kind::number},
};

std::vector<std::string> wrong_cells(const WrongColumn& column) {
    // A comparison takes the text of a number for 0, so that such rows are rows of the event, too.
    std::vector<std::string> cells{"0e0", "1.5", "CAST('2026-05-09' AS DATE)", "CAST('2026-05-09 10:00:00' AS DATETIME)"};
    if (!column.is_nullable) cells.emplace_back(column.kind == Kind::text ? "CAST(NULL AS CHAR(5))" : "CAST(NULL AS SIGNED)");
    if (column.kind == Kind::text) {
        cells.emplace_back("0");
    } else {
        cells.insert(cells.end(), {"'1'", "18446744073709551615"});
    }
    if (column.kind == Kind::count) cells.insert(cells.end(), {"-1", "-9223372036854775808"});
    return cells;
}

} // namespace

TEST_CASE("a cell that its place does not allow is a fault of its own in every column that is read, and the next statement works") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    auto raw = database.raw();
    for (const auto& [table, columns] : right_tables())
        make_view(raw, table);
    const auto ledger = open_ledger(database.options(), "promo", "topic");
    const auto all_readers = readers();
    const auto are_fine = [&](const std::string& table) {
        const auto read = all_readers.at(table)(*ledger);
        return std::all_of(read.begin(), read.end(), [](const Status& status) {
            // A view cannot be written, which is all that may go wrong with the right cells.
            return status || status.fault().kind != FaultKind::corrupt;
        });
    };
    for (const auto& [table, columns] : right_tables()) {
        CAPTURE(table);
        CHECK(are_fine(table));
    }
    int planted = 0;
    for (const auto& column : read_columns) {
        for (const auto& cell : wrong_cells(column)) {
            CAPTURE(column.table);
            CAPTURE(column.column);
            CAPTURE(cell);
            make_view(raw, column.table, column.column, cell);
            bool is_corrupt = false;
            for (const auto& status : all_readers.at(column.table)(*ledger)) {
                if (status) continue;
                CAPTURE(status.fault().message);
                is_corrupt = is_corrupt || (status.fault().kind == FaultKind::corrupt &&
                                            status.fault().message.find("gave a wrong answer") != std::string::npos);
            }
            const bool is_no_row = column.is_compared && cell.find("AS ") != std::string::npos;
            CHECK((is_corrupt || is_no_row));
            make_view(raw, column.table);
            CHECK(are_fine(column.table));
            ++planted;
        }
    }
    CHECK(planted >= 150);
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
