#include "ledger/mysql/mysql_fault.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace coupon;

namespace {

constexpr const char* address = "mysql://coupon@db:3306/coupon";

} // namespace

TEST_SUITE_BEGIN("ledger/mysql_fault");

TEST_CASE("each error leads to what may be done next") {
    struct Row {
        unsigned code;
        FaultKind kind;
        std::string what;
    };
    for (const auto& row : {
             Row{1213, FaultKind::refused, "deadlock"},
             Row{1205, FaultKind::refused, "lock wait"},
             Row{1020, FaultKind::refused, "changed under the snapshot"},
             Row{1040, FaultKind::refused, "too many connections"},
             Row{1203, FaultKind::refused, "too many connections of the user"},
             Row{1226, FaultKind::refused, "quota of the user"},
             Row{1290, FaultKind::refused, "read-only server"},
             Row{1836, FaultKind::refused, "read-only mode"},
             Row{3032, FaultKind::refused, "MySQL's offline_mode"},
             Row{1021, FaultKind::refused, "disk full"},
             Row{1114, FaultKind::refused, "table full"},
             Row{1030, FaultKind::refused, "errno 28 of the engine"},
             Row{1317, FaultKind::refused, "interrupted"},
             Row{1969, FaultKind::refused, "statement time of MariaDB"},
             Row{3024, FaultKind::refused, "statement time of MySQL"},
             Row{2002, FaultKind::unreachable, "nobody listens"},
             Row{2005, FaultKind::unreachable, "no such host"},
             Row{2006, FaultKind::unreachable, "gone"},
             Row{2013, FaultKind::unreachable, "lost"},
             Row{0, FaultKind::unreachable, "cut in the middle of an answer"},
             Row{2027, FaultKind::unreachable, "no MySQL packets"},
             Row{1927, FaultKind::unreachable, "killed, MariaDB"},
             Row{4031, FaultKind::unreachable, "cut for idleness, MySQL"},
             Row{1053, FaultKind::unreachable, "shutting down"},
             Row{1045, FaultKind::denied, "login"},
             Row{1044, FaultKind::denied, "database not permitted"},
             Row{1142, FaultKind::denied, "table not permitted"},
             Row{1227, FaultKind::denied, "privilege missing"},
             Row{3118, FaultKind::denied, "account locked, MySQL"},
             Row{4151, FaultKind::denied, "account locked, MariaDB"},
             Row{2059, FaultKind::denied, "login plugin missing"},
             Row{5010, FaultKind::denied, "login plugin forbidden"},
             Row{1049, FaultKind::missing, "no such database"},
             Row{1146, FaultKind::missing, "no such table"},
             Row{1062, FaultKind::conflict, "taken"},
             Row{1054, FaultKind::corrupt, "no such column"},
             Row{1364, FaultKind::corrupt, "a column of somebody else's"},
             Row{1406, FaultKind::corrupt, "too long"},
             Row{1264, FaultKind::corrupt, "out of range"},
             Row{1452, FaultKind::corrupt, "no parent"},
             Row{3819, FaultKind::corrupt, "check, MySQL"},
             Row{4025, FaultKind::corrupt, "check, MariaDB"},
             Row{1665, FaultKind::refused, "binary log of statements"},
             Row{1197, FaultKind::refused, "the binary log's cache is too small"},
             Row{1598, FaultKind::refused, "the binary log cannot be written"},
             Row{1449, FaultKind::corrupt, "a trigger without its account"},
             Row{1644, FaultKind::unsupported, "a trigger's own words"},
             Row{2001, FaultKind::unreachable, "no socket"},
             Row{2004, FaultKind::unreachable, "no descriptor for a socket"},
             Row{1184, FaultKind::unreachable, "init_connect fails"},
             Row{1104, FaultKind::unsupported, "too many rows to look at"},
             Row{1568, FaultKind::unsupported, "inside a transaction of another client"},
             Row{1193, FaultKind::unsupported, "no such variable"},
             Row{1153, FaultKind::unsupported, "packet too large"},
             Row{1064, FaultKind::unsupported, "syntax"},
             Row{9999, FaultKind::unsupported, "never heard of"},
         }) {
        CAPTURE(row.what);
        const auto fault = mysql_fault(row.code, "text", Moment::asking, address);
        CHECK(fault.kind == row.kind);
        CHECK(fault.message.find(address) != std::string::npos);
        CHECK(fault.message.find(std::to_string(row.code)) != std::string::npos);
        CHECK_FALSE(fault.hint.empty());
        CHECK(mysql_fault(row.code, "text", Moment::committing, address).kind == FaultKind::unknown);
        const auto defining = mysql_fault(row.code, "text", Moment::defining, address).kind;
        // Where there was never a socket nothing was sent.
        const bool is_sent = row.code != 2001 && row.code != 2004;
        CHECK(defining == (row.kind == FaultKind::unreachable && is_sent ? FaultKind::unknown : row.kind));
        CHECK(ends_connection(row.code) == (row.kind == FaultKind::unreachable || row.code == 1153 || row.code == 1665));
        CHECK(is_taken(row.code) == (row.kind == FaultKind::conflict));
    }
}

TEST_CASE("each listed error has a hint of its own, and one that is not listed is told with the server's words alone") {
    const auto unlisted = mysql_fault(9999, "its words", Moment::asking, address);
    CHECK(unlisted.message == "mysql at mysql://coupon@db:3306/coupon refused it (error 9999: its words), nothing was written");
    CHECK(unlisted.hint == "its log may tell more: SHOW GLOBAL VARIABLES LIKE 'log_error'");
    CHECK(mysql_fault(1064, "text", Moment::asking, address).hint == unlisted.hint);
    std::set<std::string> hints;
    const std::array<unsigned, 11> listed{1184, 1104, 1568, 2004, 1665, 1197, 1598, 1449, 1290, 1040, 1021};
    for (const unsigned code : listed)
        hints.insert(mysql_fault(code, "text", Moment::asking, address).hint);
    CHECK(hints.size() == listed.size());
    CHECK_FALSE(hints.contains(unlisted.hint));
    CHECK(mysql_fault(1184, "text", Moment::asking, address).hint.find("init_connect") == 0);
    CHECK(mysql_fault(1665, "text", Moment::asking, address).hint.find("binlog_format") != std::string::npos);
    CHECK(mysql_fault(2013, "text", Moment::asking, address).hint ==
          "start it, or correct --mysql: mysqladmin --host=db --port=3306 ping tells whether it is alive");
}

TEST_CASE("only an error that another row would not meet refuses its row, and a table that is not the ledger's is a trigger's") {
    for (const unsigned code : {1644U, 4025U, 3819U, 1452U, 1048U, 1406U, 1264U, 9999U})
        CHECK(refuses_row(code));
    for (const unsigned code : {1364U, 1054U, 1146U, 1449U, 1142U, 1205U, 1213U, 1290U, 1197U, 1665U, 1062U, 2013U})
        CHECK_FALSE(refuses_row(code));
    const auto hint_of = [](const char* text) { return mysql_fault(1146, text, Moment::asking, address).hint; };
    CHECK(hint_of("Table 'shop.coupon' doesn't exist") == missing_tables_hint);
    CHECK(hint_of("Table 'shop.stamps' doesn't exist").find("SHOW TRIGGERS") != std::string::npos);
}

TEST_CASE("silence is unreachable until COMMIT was sent, unknown after") {
    CHECK(mysql_silent(Moment::connecting, address, 1500).kind == FaultKind::unreachable);
    CHECK(mysql_silent(Moment::asking, address, 1500).kind == FaultKind::unreachable);
    CHECK(mysql_silent(Moment::committing, address, 1500).kind == FaultKind::unknown);
    CHECK(mysql_silent(Moment::connecting, address, 1500).message ==
          "cannot connect to mysql at mysql://coupon@db:3306/coupon: no answer within 1500 ms");
}

TEST_CASE("what a server says cannot write to the terminal") {
    const auto fault = mysql_fault(1045, "denied \x1b[2J\r\n\xe2\x80\xae", Moment::connecting, address);
    CHECK(fault.message.find("denied \\x1b[2J\\x0d\\x0a\\xe2\\x80\\xae") != std::string::npos);
    CHECK(fault.message.find('\x1b') == std::string::npos);
}

TEST_SUITE_END();
