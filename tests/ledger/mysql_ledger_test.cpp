#include "ledger/live_mysql.hpp"
#include "ledger/mysql/mysql_session.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

/// One database for all cases: each has events and topics of its own.
std::unique_ptr<LedgerBench> make_mysql_bench() {
    static const LiveDatabase database;
    return std::make_unique<MysqlBench>(database.options());
}

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_ledger");

TEST_CASE("a real server issues as the contract says") {
    check_issue_contract(make_mysql_bench);
}

TEST_CASE("a real server tries failed events again as the contract says") {
    check_retry_contract(make_mysql_bench);
}

TEST_CASE("a real server changes rounds as the contract says") {
    check_round_contract(make_mysql_bench);
}

TEST_CASE("a real server keeps the positions of the workers as the contract says") {
    // It is a database of its own: a trigger refuses the rows of all events.
    check_position_contract([] {
        static const LiveDatabase database;
        return std::make_unique<MysqlBench>(database.options());
    });
}

TEST_CASE("a real server reads as the contract says") {
    check_reader_contract(make_mysql_bench);
}

TEST_CASE("row N+1, a second coupon and a second owner of a slot cannot exist, not even by hand") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1, 3);
    REQUIRE(event.issue(event.records({{1, 1}, {2, 2}, {3, 3}})).size() == 3);

    constexpr unsigned taken = 1062;
    constexpr unsigned no_parent = 1452;
    constexpr unsigned has_children = 1451;
    constexpr unsigned is_null = 1048;
    auto raw = database.raw();
    const unsigned check_broken = raw.is_mariadb() ? 4025 : 3819;
    const auto insert = [&](const std::string& values) {
        return raw.error_of("INSERT INTO coupon (event, round, slot, slot_limit, user_id, granted_at, issued_at) VALUES ('" + event.name() +
                            "', " + values + ", 0, 0)");
    };
    CHECK(insert("1, 4, 3, 4") == check_broken);
    CHECK(insert("1, 0, 3, 4") == check_broken);
    CHECK(insert("1, 4, 4, 4") == no_parent);
    CHECK(insert("2, 1, 3, 4") == no_parent);
    CHECK(insert("1, 3, 3, 4") == taken);
    CHECK(insert("1, NULL, 3, 4") == is_null);
    CHECK(insert("1, 2, 3, 1") == taken);
    CHECK(raw.error_of("UPDATE coupon_round SET slot_limit = 4 WHERE event = '" + event.name() + "'") == has_children);
    CHECK(raw.error_of("DELETE FROM coupon_round WHERE event = '" + event.name() + "'") == has_children);
    CHECK(raw.value("SELECT COUNT(*) FROM coupon") == "3");
}

TEST_CASE("granted_at is the record's, issued_at the server's clock, whatever its time zone") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    auto raw = database.raw();
    const auto now = [&] { return std::stoll(raw.value("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")); };
    const auto before = now();
    REQUIRE(event.issue(event.records({{1, 1}})).size() == 1);
    const auto after = now();
    const auto coupons = event.ledger().coupons_of(Round(1), UserId(1), soon());
    REQUIRE(coupons);
    REQUIRE(coupons->size() == 1);
    const auto issued = coupons->front().issued_at.time_since_epoch().count();
    CHECK(before <= issued);
    CHECK(issued <= after);
    CHECK(raw.value("SELECT @@session.time_zone") == "+00:00");
}

TEST_CASE("a snapshot is of one moment, whatever commits meanwhile") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    REQUIRE(event.issue(event.records({{1, 1}})).size() == 1);

    MysqlSession session(database.options());
    auto worker = open_ledger(database.options(), event.name(), event.topic());
    const auto seen = session.transaction(Isolation::snapshot, soon(), [&](MysqlConnection& at) -> Result<std::pair<int, int>> {
        const auto count = [&] {
            int rows = 0;
            const auto read = at.select("SELECT slot FROM coupon", {}, [&](const Row&) { ++rows; });
            REQUIRE_MESSAGE(read, told(read));
            return rows;
        };
        const int before = count();
        REQUIRE(worker->issue(event.records({{2, 2}}), soon()));
        return std::pair(before, count());
    });
    REQUIRE_MESSAGE(seen, told(seen));
    CHECK(seen->first == 1);
    CHECK(seen->second == 1);
    CHECK(event.rows().size() == 2);
}

TEST_CASE("a reader reads what a ledger wrote") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    REQUIRE(event.issue(event.records({{1, 1}})).size() == 1);
    auto reader = open_mysql_ledger_reader(database.options(), *EventName::parse(event.name()), event.topic());
    REQUIRE_MESSAGE(reader, told(reader));
    CHECK(*(*reader)->coupon_count(Round(1), soon()) == 1);
    CHECK((*reader)->snapshot(Round(1), soon())->coupons.size() == 1);
}

TEST_SUITE_END();
