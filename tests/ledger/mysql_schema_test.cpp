#include "ledger/live_mysql.hpp"
#include "ledger/packet_relay.hpp"
#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

namespace {

std::unique_ptr<Ledger> ledger_in(const LiveDatabase& database) {
    return open_ledger(database.options(), "coupon", "coupon_create");
}

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_schema");

TEST_CASE("an empty database lacks its tables, says so, and gets them once") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    auto ledger = ledger_in(database);
    const auto checked = ledger->check_schema(soon());
    CHECK(kind_of(checked) == FaultKind::missing);
    CHECK(checked.fault().hint == missing_tables_hint);
    CHECK(kind_of(ledger->rounds(soon())) == FaultKind::missing);
    CHECK(ledger->rounds(soon()).fault().hint == missing_tables_hint);
    CHECK(ledger->lock_resets(soon()));
    const std::vector<SourceRecord> batch{{{0, 0}, encode({"coupon", {Round(1), Epoch(1), Slot(1), UserId(7), Instant(Milliseconds(5))}})}};
    CHECK(kind_of(ledger->issue(batch, soon())) == FaultKind::missing);
    const auto settings = ledger->settings(soon());
    REQUIRE(settings);
    CHECK(settings->missing_tables.size() == 8);
    CHECK(settings->leftovers.has_value());

    REQUIRE(ledger->create_schema(soon()));
    CHECK(ledger->check_schema(soon()));
    CHECK(ledger->create_schema(soon()));
    CHECK(database.raw().column("SHOW TABLES").size() == 8);
}

TEST_CASE("creating the tables goes on where it was interrupted") {
    const LiveDatabase database;
    auto raw = database.raw();
    for (const auto* table : {"void_claim", "abandoned_claim", "failed_event", "coupon", "coupon_position", "coupon_purge", "coupon_fence"})
        raw.run(std::string("DROP TABLE ") + table);
    auto ledger = ledger_in(database);
    const auto checked = ledger->check_schema(soon());
    CHECK(kind_of(checked) == FaultKind::missing);
    CHECK(checked.fault().message.find("coupon_fence") != std::string::npos);
    // Whether the tables that are gone held something cannot be told.
    CHECK_FALSE(ledger->settings(soon())->leftovers.has_value());
    REQUIRE(ledger->create_schema(soon()));
    CHECK(ledger->check_schema(soon()));
}

TEST_CASE("a CREATE TABLE whose answer is lost is unknown, and creating again finishes") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    PacketRelay relay(database.options().port);
    auto options = database.options();
    options.port = relay.port();
    auto ledger = open_ledger(options, "coupon", "coupon_create");
    relay.play(PacketRelay::Trick::cut_after, "CREATE TABLE IF NOT EXISTS failed_event");
    CHECK(kind_of(ledger->create_schema(soon())) == FaultKind::unknown);
    CHECK(relay.has_played());
    CHECK(ledger->create_schema(soon()));
}

TEST_CASE("tables that break the promise are refused by name") {
    struct Row {
        std::string what;
        std::vector<const char*> changes;
        const char* named;
    };
    for (const auto& row : {
             Row{"no unique user", {"ALTER TABLE coupon DROP KEY coupon_one_per_user"}, "unique key event,round,user_id"},
             Row{"a plain key in place of the unique one",
                 {"ALTER TABLE coupon DROP KEY coupon_one_per_user, ADD KEY coupon_one_per_user (event, round, user_id)"},
                 "unique key event,round,user_id"},
             Row{"a unique key over less",
                 {"ALTER TABLE coupon DROP KEY coupon_one_per_user, ADD UNIQUE KEY (event, user_id)"},
                 "unique key event,round,user_id"},
             Row{"no unique slot",
                 {"ALTER TABLE coupon DROP PRIMARY KEY, ADD PRIMARY KEY (event, round, slot, user_id)"},
                 "unique key event,round,slot"},
             Row{"no unique key of --once", {"ALTER TABLE coupon_round DROP KEY coupon_round_opens_once"}, "unique key event,once_key"},
             Row{"no check", {"ALTER TABLE coupon DROP CONSTRAINT coupon_slot_within_limit"}, "check slotbetween1andslot_limit"},
             Row{"a check that allows one more",
                 {"ALTER TABLE coupon DROP CONSTRAINT coupon_slot_within_limit",
                  "ALTER TABLE coupon ADD CONSTRAINT coupon_slot_within_limit CHECK (slot BETWEEN 1 AND slot_limit + 1)"},
                 "check slotbetween1andslot_limit"},
             Row{"no foreign key", {"ALTER TABLE coupon DROP FOREIGN KEY coupon_of_round"}, "foreign key event,round,slot_limit"},
             Row{"a foreign key that deletes",
                 {"ALTER TABLE coupon DROP FOREIGN KEY coupon_of_round",
                  "ALTER TABLE coupon ADD CONSTRAINT coupon_of_round FOREIGN KEY (event, round, slot_limit) "
                  "REFERENCES coupon_round (event, round, slot_limit) ON DELETE CASCADE"},
                 "foreign key event,round,slot_limit"},
             Row{"an engine without transactions",
                 {"ALTER TABLE failed_event ENGINE = MyISAM"},
                 "table failed_event has engine myisam, not InnoDB"},
             Row{"a user that may be null",
                 {"ALTER TABLE coupon MODIFY user_id BIGINT NULL"},
                 "column coupon.user_id is bigint NULL, not bigint NOT NULL"},
             Row{"a user that is cut", {"ALTER TABLE coupon MODIFY user_id INT NOT NULL"}, "column coupon.user_id is int NOT NULL"},
             Row{"a user that is never negative",
                 {"ALTER TABLE coupon MODIFY user_id BIGINT UNSIGNED NOT NULL"},
                 "column coupon.user_id is bigint unsigned NOT NULL"},
             Row{"topics that are equal in upper case",
                 {"ALTER TABLE failed_event MODIFY source_topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL"},
                 "column failed_event.source_topic is varchar NOT NULL ascii_general_ci"},
             Row{"bytes that are cut", {"ALTER TABLE failed_event MODIFY raw BLOB NOT NULL"}, "column failed_event.raw is blob NOT NULL"},
             Row{"a column gone", {"ALTER TABLE coupon_round DROP COLUMN owner"}, "column coupon_round.owner is missing"},
         }) {
        CAPTURE(row.what);
        const LiveDatabase database;
        auto raw = database.raw();
        for (const auto* change : row.changes)
            raw.run(change);
        auto ledger = ledger_in(database);
        for (const auto& checked : {ledger->check_schema(soon()), ledger->create_schema(soon())}) {
            REQUIRE(kind_of(checked) == FaultKind::corrupt);
            CAPTURE(checked.fault().message);
            CHECK(checked.fault().message.find(row.named) != std::string::npos);
        }
        auto settings = ledger->settings(soon());
        REQUIRE_MESSAGE(settings, told(settings));
        PreflightInput input;
        input.ledger = std::move(*settings);
        const auto dangers = preflight(input).of(PreflightStatus::dangerous);
        CHECK(
            std::any_of(dangers.begin(), dangers.end(), [&](const auto& line) { return line.found.find(row.named) != std::string::npos; }));
    }
}

TEST_CASE("nothing is created beside a table of somebody else") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    auto raw = database.raw();
    raw.run("CREATE TABLE coupon (id INT PRIMARY KEY)");
    CHECK(kind_of(ledger_in(database)->create_schema(soon())) == FaultKind::corrupt);
    CHECK(raw.column("SHOW TABLES") == std::vector<std::string>{"coupon"});
}

TEST_CASE("what others add beside is let be") {
    const LiveDatabase database;
    auto raw = database.raw();
    raw.run("CREATE TABLE theirs (id INT PRIMARY KEY)");
    raw.run("ALTER TABLE coupon ADD COLUMN note VARCHAR(10) NULL, ADD KEY (issued_at)");
    CHECK(ledger_in(database)->check_schema(soon()));
}

TEST_CASE("a column of others that must be filled stops the worker, and nothing is written") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    auto raw = database.raw();
    raw.run("ALTER TABLE coupon ADD COLUMN note VARCHAR(10) NOT NULL");
    CHECK(kind_of(event.ledger().issue(event.records({{1, 1}}), soon())) == FaultKind::corrupt);
    CHECK(raw.value("SELECT COUNT(*) FROM coupon") == "0");
}

TEST_SUITE_END();
