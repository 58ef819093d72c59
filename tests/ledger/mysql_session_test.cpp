#include "ledger/live_mysql.hpp"
#include "ledger/mysql/mysql_session.hpp"
#include "ledger/packet_relay.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <future>

using namespace coupon;
using Trick = PacketRelay::Trick;

namespace {

/// A ledger that speaks to the server through a relay, with an open round; and the tables beside it.
class Relayed {
public:
    Relayed() : relay(database.options().port), bench_(through()), event(bench_) { event.open_round(1); }

    /// The options of a client that speaks through the relay.
    [[nodiscard]] MysqlOptions through() const {
        auto options = database.options();
        options.port = relay.port();
        options.timeout = Milliseconds(700);
        return options;
    }

    [[nodiscard]] std::string rows() const { return database.raw().value("SELECT COUNT(*) FROM coupon"); }

    LiveDatabase database;
    PacketRelay relay;

private:
    MysqlBench bench_;

public:
    BenchEvent event;
};

/// Runs `call`, which must end within its timeout (and a little for the machine).
template <class Call>
auto in_time(Call call, Milliseconds timeout) {
    const auto start = Deadline::clock::now();
    auto result = call();
    const auto took = std::chrono::duration_cast<Milliseconds>(Deadline::clock::now() - start);
    CHECK(took <= timeout + Milliseconds(1000));
    return result;
}

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_session");

TEST_CASE("a transaction that is older than a table it reads is run again, as when two events have their first resets at once") {
    const LiveDatabase database;
    MysqlSession session(database.options());
    for (const auto isolation : {Isolation::snapshot, Isolation::with_the_gap}) {
        int runs = 0;
        const auto counted = session.transaction(isolation, soon(), [&](MysqlConnection& at) -> Result<std::int64_t> {
            std::int64_t rows = -1;
            if (auto seen = at.select("SELECT COUNT(*) FROM coupon_round", {}, [](const Row&) {}); !seen) return seen.fault();
            if (++runs == 1) {
                auto raw = database.raw();
                raw.run("DROP TABLE IF EXISTS made_meanwhile");
                raw.run("CREATE TABLE made_meanwhile (event INT)");
            }
            auto read = at.select("SELECT COUNT(*) FROM made_meanwhile", {}, [&](const Row& row) { rows = row.integer(0, 0); });
            if (!read) return read.fault();
            return rows;
        });
        CHECK_MESSAGE(counted, told(counted));
        CHECK(runs == 2);
    }
}

TEST_CASE("a list that the server or a proxy shortens is corrupt, not a ledger with fewer rows") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    event.issue(event.records({{1, 1}, {2, 2}, {3, 3}}));
    auto connection = MysqlConnection::open(database.options(), soon());
    REQUIRE(connection);
    const std::array values{Value(event.name()), Value(std::int64_t{1})};
    const auto count_all = [&] {
        int rows = 0;
        const auto listed = (*connection)->list("coupons", values, [&](const Row&) { ++rows; });
        return listed ? Result<int>(rows) : Result<int>(listed.fault());
    };
    const auto whole = count_all();
    REQUIRE(whole);
    CHECK(*whole == 3);
    REQUIRE((*connection)->run("SET SESSION sql_select_limit = 2"));
    const auto shortened = count_all();
    REQUIRE_FALSE(shortened);
    CHECK(shortened.fault().kind == FaultKind::corrupt);
    CHECK(shortened.fault().message.find("gave 2 of 3 rows of list coupons") != std::string::npos);
}

TEST_CASE("a portion that comes whole is taken as it is, and one that is shortened is corrupt, not the last one") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    event.issue(event.records({{1, 1}, {2, 2}, {3, 3}}));
    auto connection = MysqlConnection::open(database.options(), soon());
    REQUIRE(connection);
    int rows = 0;
    const auto portion_of = [&](std::int64_t most) {
        const std::array values{Value(event.name()), Value(std::int64_t{1}), Value(std::int64_t{0}), Value(most)};
        rows = 0;
        return (*connection)->portion("coupons_after", values, most, [&](const Row&) { ++rows; });
    };
    REQUIRE(portion_of(2));
    CHECK(rows == 2);
    REQUIRE(portion_of(4));
    CHECK(rows == 3);
    // The statement's own LIMIT comes before this one; a list without any shows what a proxy would do.
    REQUIRE((*connection)->run("SET SESSION sql_select_limit = 2"));
    REQUIRE(portion_of(4));
    CHECK(rows == 3);
    const std::array values{Value(event.name()), Value(std::int64_t{1})};
    CHECK(kind_of((*connection)->portion("coupons", values, 4, [](const Row&) {})) == FaultKind::corrupt);
}

TEST_CASE("a batch whose COMMIT lost its answer is unknown, and issued already when repeated") {
    Relayed at;
    const auto batch = at.event.records({{1, 1}, {2, 2}});
    at.relay.play(Trick::cut_after, "COMMIT");
    const auto lost = at.event.ledger().issue(batch, soon());
    REQUIRE(kind_of(lost) == FaultKind::unknown);
    CHECK(lost.fault().hint == "repeat it: what is written already is recognised");
    CHECK(at.relay.has_played());
    CHECK(at.rows() == "2");
    CHECK(at.event.issue(batch) == std::vector(2, RecordClass::already_issued));
}

TEST_CASE("a batch whose COMMIT never arrived is unknown, too, and issued when repeated") {
    Relayed at;
    const auto batch = at.event.records({{1, 1}, {2, 2}});
    at.relay.play(Trick::cut, "COMMIT");
    CHECK(kind_of(at.event.ledger().issue(batch, soon())) == FaultKind::unknown);
    CHECK(at.rows() == "0");
    CHECK(at.event.issue(batch) == std::vector(2, RecordClass::issued));
}

TEST_CASE("an error answered to COMMIT is unknown, and nothing of it lives on in the next transaction") {
    Relayed at;
    const auto batch = at.event.records({{1, 1}});
    at.relay.answer_error(1213, "COMMIT");
    CHECK(kind_of(at.event.ledger().issue(batch, soon())) == FaultKind::unknown);
    CHECK(at.event.issue(batch) == std::vector{RecordClass::issued});
    CHECK(at.rows() == "1");
}

TEST_CASE("what only reads is never unknown, wherever its connection ends, and reads when repeated") {
    for (const auto trick : {Trick::cut_after, Trick::cut, Trick::hang}) {
        const std::pair<const char*, std::function<std::optional<FaultKind>(Ledger&)>> calls[] = {
            {"check_schema", [](Ledger& ledger) { return kind_of(ledger.check_schema(soon())); }},
            {"rounds", [](Ledger& ledger) { return kind_of(ledger.rounds(soon())); }},
            {"coupons", [](Ledger& ledger) { return kind_of(ledger.coupons(Round(1), soon())); }},
            {"coupons_after", [](Ledger& ledger) { return kind_of(ledger.coupons_after(Round(1), Slot(0), 10, soon())); }},
            {"failed", [](Ledger& ledger) { return kind_of(ledger.failed(soon())); }},
        };
        Relayed at;
        for (const auto& [name, call] : calls) {
            CAPTURE(name);
            // A new connection would be tricked while it is set up, which says COMMITTED.
            REQUIRE(at.event.ledger().rounds(soon()));
            at.relay.play(trick, "COMMIT");
            CHECK(call(at.event.ledger()) == FaultKind::unreachable);
            CHECK(at.relay.has_played());
        }
        CHECK(at.event.ledger().check_schema(soon()));
        CHECK(at.event.ledger().rounds(soon()));
    }
}

TEST_CASE("a connection cut within the transaction wrote nothing, and the next call makes a new one") {
    for (const std::string text : {"LOCK IN SHARE MODE", "FROM coupon_fence", "INSERT INTO coupon "}) {
        CAPTURE(text);
        Relayed at;
        const auto batch = at.event.records({{1, 1}});
        at.relay.play(Trick::cut, text);
        CHECK(kind_of(at.event.ledger().issue(batch, soon())) == FaultKind::unreachable);
        CHECK(at.relay.has_played());
        CHECK(at.rows() == "0");
        CHECK(at.event.issue(batch) == std::vector{RecordClass::issued});
    }
}

TEST_CASE("rows that are there are looked for only while records come that were issued before") {
    Relayed at;
    const auto seen = at.event.records({{1, 1}});
    at.relay.play(Trick::cut, "user_id IN");
    CHECK(at.event.issue(seen) == std::vector{RecordClass::issued});
    CHECK_FALSE(at.relay.has_played());
    CHECK(kind_of(at.event.ledger().issue(seen, soon())) == FaultKind::unreachable);
    CHECK(at.relay.has_played());
    CHECK(at.event.issue(seen) == std::vector{RecordClass::already_issued});

    // More at a time than before, for a statement of the same size is prepared already.
    at.relay.play(Trick::cut, "user_id IN");
    const auto next = at.event.records({{2, 2}, {3, 3}});
    CHECK(kind_of(at.event.ledger().issue(next, soon())) == FaultKind::unreachable);
    CHECK(at.rows() == "1");
    CHECK(at.event.issue(next) == std::vector(2, RecordClass::issued));

    const auto last = at.event.records({{4, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}});
    at.relay.play(Trick::cut, "user_id IN");
    CHECK(at.event.issue(last) == std::vector(5, RecordClass::issued));
    CHECK_FALSE(at.relay.has_played());
}

TEST_CASE("a worker stopped within its transaction does not keep its successor from the rows for long") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    const auto batch = event.records({{1, 1}, {2, 2}});
    auto options = database.options();
    std::promise<void> has_written;
    std::promise<void> may_go_on;
    options.before_commit = [&]() -> Status {
        has_written.set_value();
        may_go_on.get_future().wait_for(std::chrono::seconds(30));
        return Done{};
    };
    auto stopped = std::async(std::launch::async, [&] {
        return open_ledger(options, event.name(), event.topic())->issue(batch, soon() + std::chrono::seconds(60));
    });
    has_written.get_future().wait();
    const auto start = Deadline::clock::now();
    auto issued = event.ledger().issue(batch, soon());
    while (!issued && issued.fault().kind == FaultKind::refused && Deadline::clock::now() < start + std::chrono::seconds(20))
        issued = event.ledger().issue(batch, soon());
    REQUIRE_MESSAGE(issued, told(issued));
    CHECK(issued->front().becomes == RecordClass::issued);
    CHECK(Deadline::clock::now() - start < std::chrono::seconds(15));
    may_go_on.set_value();
    CHECK_FALSE(stopped.get());
    CHECK(event.rows() == std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {2, 2}});
}

TEST_CASE("a server that falls silent ends the call in time") {
    for (const auto& [text, kind] : {std::pair("START TRANSACTION", FaultKind::unreachable),
                                     {"INSERT INTO coupon ", FaultKind::unreachable},
                                     {"COMMIT", FaultKind::unknown}}) {
        CAPTURE(std::string(text));
        Relayed at;
        const auto batch = at.event.records({{1, 1}});
        at.relay.play(Trick::hang, text);
        const auto silent = in_time([&] { return at.event.ledger().issue(batch, soon()); }, at.through().timeout);
        CHECK(kind_of(silent) == kind);
        CHECK(silent.fault().message.find("no answer within") != std::string::npos);
        CHECK(at.rows() == "0");
        // What the silent connection held is let go when the server sees it end.
        CHECK(at.event.issue(batch) == std::vector{RecordClass::issued});
    }
}

TEST_CASE("a deadline shorter than the timeout is kept, too") {
    const LiveDatabase database;
    PacketRelay relay(database.options().port);
    auto options = database.options();
    options.port = relay.port();
    options.timeout = Milliseconds(5000);
    auto ledger = open_ledger(options, "coupon", "coupon_create");
    relay.play(Trick::hang, "START TRANSACTION");
    const auto silent = in_time([&] { return ledger->rounds(Deadline::clock::now() + Milliseconds(200)); }, Milliseconds(200));
    CHECK(kind_of(silent) == FaultKind::unreachable);
}

TEST_CASE("an error before COMMIT is told for what it is, nothing is written, and the next call is as good as new") {
    struct Row {
        unsigned code;
        FaultKind kind;
    };
    for (const auto& row : {Row{1213, FaultKind::refused}, Row{1205, FaultKind::refused}, Row{1290, FaultKind::refused},
                            Row{1836, FaultKind::refused}, Row{1021, FaultKind::refused}, Row{1114, FaultKind::refused},
                            Row{1142, FaultKind::denied}, Row{1146, FaultKind::missing}, Row{1054, FaultKind::corrupt}}) {
        CAPTURE(row.code);
        Relayed at;
        const auto batch = at.event.records({{1, 1}, {1, 0}});
        at.relay.answer_error(row.code, "INSERT INTO failed_event", "says \x1b[31m it");
        const auto failed = at.event.ledger().issue(batch, soon());
        CHECK(kind_of(failed) == row.kind);
        CHECK(failed.fault().message.find("says \\x1b[31m it") != std::string::npos);
        CHECK(at.rows() == "0");
        CHECK(at.event.issue(batch) == std::vector{RecordClass::issued, RecordClass::failed});
    }
}

TEST_CASE("a connection killed while nothing was asked goes unnoticed") {
    Relayed at;
    auto raw = at.database.raw();
    for (const auto& id : connections_of(raw))
        raw.run("KILL " + id);
    CHECK(at.event.issue(at.event.records({{1, 1}})) == std::vector{RecordClass::issued});
}

TEST_CASE("a connection killed in the middle of its transaction wrote nothing") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    auto holder = database.raw();
    holder.run("START TRANSACTION");
    holder.run("UPDATE coupon_round SET owner = 'holder'");
    const auto batch = event.records({{1, 1}});
    auto issuing = std::async(std::launch::async, [&] { return event.ledger().issue(batch, soon()); });
    auto watcher = database.raw();
    std::vector<std::string> waiting;
    for (const auto end = soon(); waiting.empty() && Deadline::clock::now() < end;) {
        waiting = watcher.column("SELECT id FROM information_schema.PROCESSLIST WHERE db = DATABASE() AND info LIKE '%LOCK IN SHARE MODE%' "
                                 "AND id <> CONNECTION_ID()");
    }
    REQUIRE(waiting.size() == 1);
    watcher.run("KILL " + waiting.front());
    CHECK(kind_of(issuing.get()) == FaultKind::unreachable);
    holder.run("ROLLBACK");
    CHECK(event.rows().empty());
    CHECK(event.issue(batch) == std::vector{RecordClass::issued});
}

TEST_CASE("a row lock that others keep for too long is refused, and the transaction is undone") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    const auto batch = event.records({{1, 1}});
    auto holder = database.raw();
    const auto while_held = [&](auto call) {
        holder.run("START TRANSACTION");
        holder.run("UPDATE coupon_round SET owner = 'holder'");
        const auto refused = call();
        holder.run("ROLLBACK");
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == FaultKind::refused);
        CHECK_MESSAGE(refused.fault().message.find("error 1205: Lock wait timeout exceeded") != std::string::npos, refused.fault().text());
    };
    // The server tells it instead of an answer, or instead of the answer's rows.
    while_held([&] { return event.ledger().issue(batch, soon()); });
    while_held([&] { return event.ledger().close_round(Round(1), "closer", soon()); });
    CHECK(event.issue(batch) == std::vector{RecordClass::issued});
}

TEST_CASE("a warning after a change is a fault, and the change is undone") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    MysqlSession session(database.options());
    const auto stored = session.transaction(Isolation::committed, soon(), [](MysqlConnection& at) {
        return at.change(
            "INSERT IGNORE INTO coupon_round (event, round, slot_limit, topic, state, epoch, owner, consumer_group, cluster_id, "
            "round_key, gate_run_id, gate_database, gate_addresses, created_at) "
            "VALUES ('much-too-long-a-name-for-any-event-of-ours', 1, 1, 't', 'open', 1, 'me', 'g', '', '', '', 0, '', 0)",
            {});
    });
    CHECK(kind_of(stored) == FaultKind::corrupt);
    CHECK(stored.fault().message.find("1265") != std::string::npos);
    CHECK(event.ledger().rounds(soon())->size() == 1);
    CHECK(database.raw().value("SELECT COUNT(*) FROM coupon_round") == "1");
}

TEST_CASE("a value longer than any buffer comes back whole, and so does the next") {
    const LiveDatabase database;
    MysqlSession session(database.options());
    auto connection = session.connection(soon());
    REQUIRE(connection);
    std::vector<std::size_t> sizes;
    const auto read = (*connection)
                          ->select("SELECT REPEAT('x', 100000) UNION ALL SELECT 'y' UNION ALL SELECT REPEAT('z', 5000)", {},
                                   [&](const Row& row) { sizes.push_back(row.text(0).size()); });
    REQUIRE_MESSAGE(read, told(read));
    CHECK(sizes == std::vector<std::size_t>{100000, 1, 5000});
}

TEST_CASE("rows that stop coming end the call in time, and the connection with it") {
    const LiveDatabase database;
    auto options = database.options();
    options.timeout = Milliseconds(400);
    MysqlSession session(options);
    auto connection = session.connection(soon());
    REQUIRE(connection);
    int rows = 0;
    const auto read = in_time(
        [&] {
            return (*connection)
                ->select("WITH RECURSIVE some AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM some WHERE n < 100) "
                         "SELECT n, REPEAT('x', 10000), SLEEP(IF(n = 100, 30, 0)) FROM some",
                         {}, [&](const Row&) { ++rows; });
        },
        options.timeout);
    CHECK(kind_of(read) == FaultKind::unreachable);
    CHECK(rows > 0);
    CHECK((*connection)->is_lost());
    CHECK(in_time([&] { return session.connection(soon()); }, options.timeout));
}

TEST_CASE("every connection is set up as the ledger needs it") {
    const LiveDatabase database;
    auto raw = database.raw();
    CHECK(raw.value("SELECT @@session.sql_mode") ==
          "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION");
    CHECK(raw.column("SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation') AND Value = 'READ-COMMITTED'")
              .size() >= 1);
    CHECK(raw.value("SELECT @@session.autocommit") == "1");
    CHECK(raw.value("SELECT @@session.innodb_lock_wait_timeout") == "3");
    CHECK(raw.value("SELECT @@session.foreign_key_checks") == "1");
    CHECK(raw.value("SELECT @@session.unique_checks") == "1");
    // MySQL has no way to switch checks off, and ends no idle transaction but by its connection.
    if (raw.is_mariadb()) {
        CHECK(raw.value("SELECT @@session.check_constraint_checks") == "1");
        CHECK(raw.value("SELECT @@session.idle_transaction_timeout") == "5");
    } else {
        CHECK(raw.value("SELECT @@session.wait_timeout") == "10");
    }
    CHECK(raw.value("SELECT @@session.character_set_client") == "utf8mb4");
    CHECK(raw.error_of("SELECT 1; SELECT 2") == 1064);
}

TEST_SUITE_END();
