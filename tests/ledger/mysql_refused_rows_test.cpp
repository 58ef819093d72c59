#include "ledger/live_mysql.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace coupon;

namespace {

/// A database with an open round, and what somebody else did to its tables.
class Changed {
public:
    explicit Changed(const std::string& change) : bench_(database.options()), event(bench_) {
        event.open_round(1);
        database.raw().run(change);
    }

    LiveDatabase database;

private:
    MysqlBench bench_;

public:
    BenchEvent event;
};

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_refused_rows");

TEST_CASE("a real server with rows that it refuses issues as the contract says") {
    std::unique_ptr<LiveDatabase> own;
    check_refused_rows_contract([&]() -> std::unique_ptr<LedgerBench> {
        own = std::make_unique<LiveDatabase>();
        return std::make_unique<MysqlBench>(own->options());
    });
}

TEST_CASE("a row that breaks somebody else's rule is a failed event with the rule's name, and the preflight names the rule") {
    struct Row {
        std::string change;
        std::string words; ///< of the failed event
        std::string seen;  ///< by the preflight
    };
    for (const auto& row : {
             Row{"ALTER TABLE coupon ADD CONSTRAINT not_seven CHECK (user_id <> 7)", "not_seven", "has the check user_id<>7"},
             Row{"ALTER TABLE coupon ADD UNIQUE KEY one_for_all (granted_at)", "one_for_all", "has the unique key granted_at"},
             Row{"CREATE TRIGGER stamp BEFORE INSERT ON coupon FOR EACH ROW SET NEW.issued_at = IF(NEW.user_id = 7, NULL, NEW.issued_at)",
                 "issued_at", "has the trigger stamp at each INSERT"},
         }) {
        CAPTURE(row.change);
        Changed at(row.change);
        auto batch = at.event.records({{6, 6}, {7, 7}, {8, 8}});
        // Its user and its slot are free, its time is that of another.
        if (row.words == "one_for_all") batch[1].raw = encode({at.event.name(), {Round(1), Epoch(1), Slot(7), UserId(7), granted_at(6)}});
        CHECK(at.event.issue(batch) == std::vector{RecordClass::issued, RecordClass::failed, RecordClass::issued});
        const auto failed = at.event.ledger().failed(soon());
        REQUIRE_MESSAGE(failed, told(failed));
        REQUIRE(failed->size() == 1);
        CHECK(failed->front().kind == FailedKind::refused);
        CHECK_MESSAGE(failed->front().reason.find(row.words) != std::string::npos, failed->front().reason);
        CHECK(at.event.rows() == std::vector<std::pair<std::int64_t, std::int64_t>>{{6, 6}, {8, 8}});
        CHECK(at.event.ledger().check_schema(soon()));
        const auto settings = at.event.ledger().settings(soon());
        REQUIRE_MESSAGE(settings, told(settings));
        REQUIRE(settings->foreign_rules.size() == 1);
        CHECK_MESSAGE(settings->foreign_rules.front().find(row.seen) != std::string::npos, settings->foreign_rules.front());
    }
}

TEST_CASE("a column that every row lacks is a fault of the tables: no record fails, and the schema's check names the column") {
    Changed at("ALTER TABLE coupon ADD COLUMN shop INT NOT NULL");
    const auto batch = at.event.records({{1, 1}});
    CHECK(kind_of(at.event.ledger().issue(batch, soon())) == FaultKind::corrupt);
    CHECK(at.event.ledger().failed(soon())->empty());
    const auto checked = at.event.ledger().check_schema(soon());
    REQUIRE(kind_of(checked) == FaultKind::corrupt);
    CHECK_MESSAGE(checked.fault().message.find("column coupon.shop is NOT NULL without a default") != std::string::npos,
                  checked.fault().message);
    at.database.raw().run("ALTER TABLE coupon MODIFY shop INT NOT NULL DEFAULT 0");
    CHECK(at.event.ledger().check_schema(soon()));
    CHECK(at.event.issue(batch) == std::vector{RecordClass::issued});
}

TEST_CASE("a trigger that names a table that is not there is told as that") {
    Changed at("CREATE TRIGGER stamp AFTER INSERT ON coupon FOR EACH ROW INSERT INTO stamps VALUES (NEW.user_id)");
    const auto refused = at.event.ledger().issue(at.event.records({{1, 1}}), soon());
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().hint.find("SHOW TRIGGERS") != std::string::npos);
    CHECK(at.event.ledger().failed(soon())->empty());
}

TEST_SUITE_END();
