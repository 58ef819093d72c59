#include "fakes/fake_ledger.hpp"

#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

class FakeBench final : public LedgerBench {
public:
    std::unique_ptr<Ledger> ledger(const std::string& event, const std::string& topic) override {
        return std::make_unique<FakeLedger>(event, topic, tables_);
    }
    void refuse(std::optional<std::int64_t> user) override {
        tables_->refuses = [user](UserId one) {
            return !user || one == UserId(*user) ? std::optional<std::string>("not this user") : std::nullopt;
        };
    }
    void refuse_none() override { tables_->refuses = nullptr; }

private:
    std::shared_ptr<FakeTables> tables_ = std::make_shared<FakeTables>();
};

std::unique_ptr<LedgerBench> make_fake_bench() {
    return std::make_unique<FakeBench>();
}

/// A fake ledger with one open round.
class Opened {
public:
    Opened() : ledger("coupon", "coupon_create") {
        NewRound fresh;
        fresh.row = {"coupon", Round(1), Limit(100), "coupon_create", RoundState::opening, Epoch(1), {}, "mine"};
        REQUIRE(ledger.insert_round(fresh, soon()));
        REQUIRE(ledger.finish_opening(Round(1), "mine", some_home, soon()));
    }

    FakeLedger ledger;
    std::vector<SourceRecord> batch{{{0, 0}, encode({"coupon", {Round(1), Epoch(1), Slot(1), UserId(7), Instant(Milliseconds(5))}})}};
};

} // namespace

TEST_SUITE_BEGIN("ledger/fake_ledger");

TEST_CASE("the fake issues as the contract says") {
    check_issue_contract(make_fake_bench);
}

TEST_CASE("the fake tries failed events again as the contract says") {
    check_retry_contract(make_fake_bench);
}

TEST_CASE("the fake keeps the positions of the workers as the contract says") {
    check_position_contract(make_fake_bench);
}

TEST_CASE("the fake changes rounds as the contract says") {
    check_round_contract(make_fake_bench);
}

TEST_CASE("the fake reads as the contract says") {
    check_reader_contract(make_fake_bench);
}

TEST_CASE("the fake treats rows that it refuses as the contract says") {
    check_refused_rows_contract(make_fake_bench);
}

TEST_CASE("a call whose answer is lost has taken effect") {
    Opened opened;
    opened.ledger.meet(LedgerTrouble::reply_lost, 1);
    CHECK(kind_of(opened.ledger.issue(opened.batch, soon())) == FaultKind::unknown);
    const auto again = opened.ledger.issue(opened.batch, soon());
    REQUIRE(again);
    CHECK(again->front().becomes == RecordClass::already_issued);
}

TEST_CASE("a call that is refused or finds nobody has not") {
    for (const auto& [trouble, kind] :
         {std::pair(LedgerTrouble::refused, FaultKind::refused), {LedgerTrouble::unreachable, FaultKind::unreachable}}) {
        Opened opened;
        opened.ledger.meet(trouble, 2);
        CHECK(kind_of(opened.ledger.issue(opened.batch, soon())) == kind);
        CHECK(kind_of(opened.ledger.rounds(soon())) == kind);
        const auto again = opened.ledger.issue(opened.batch, soon());
        REQUIRE(again);
        CHECK(again->front().becomes == RecordClass::issued);
    }
}

TEST_CASE("a reader's lost answer is unreachable, nothing was changed") {
    Opened opened;
    opened.ledger.meet(LedgerTrouble::reply_lost, 1);
    CHECK(kind_of(opened.ledger.rounds(soon())) == FaultKind::unreachable);
    CHECK(opened.ledger.rounds(soon())->size() == 1);
}

TEST_CASE("a trouble lasts until the next one is set") {
    Opened opened;
    opened.ledger.meet(LedgerTrouble::unreachable);
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(opened.ledger.check_schema(soon()));
    opened.ledger.meet(LedgerTrouble::none);
    CHECK(opened.ledger.check_schema(soon()));
}

TEST_CASE("tables that do not exist are missing until they are created") {
    Opened opened;
    opened.ledger.tables().exist = false;
    CHECK(kind_of(opened.ledger.check_schema(soon())) == FaultKind::missing);
    CHECK(kind_of(opened.ledger.rounds(soon())) == FaultKind::missing);
    CHECK(kind_of(opened.ledger.issue(opened.batch, soon())) == FaultKind::missing);
    CHECK(opened.ledger.lock_resets(soon()));
    REQUIRE(opened.ledger.create_schema(soon()));
    CHECK(opened.ledger.check_schema(soon()));
}

TEST_SUITE_END();
