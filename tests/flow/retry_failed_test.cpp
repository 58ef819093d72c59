#include "flow/recover/retry_failed.hpp"

#include "flow/fake_event.hpp"
#include "flow/recover/dismiss.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

constexpr Milliseconds timeout{5000};

/// An event with garbage on its topic that a worker has read.
struct PoisonedEvent : FakeEvent {
    explicit PoisonedEvent(int garbage) {
        REQUIRE(reset());
        for (int i = 0; i < garbage; ++i)
            broker.put(i % 4, {std::nullopt, "garbage", {}});
        work();
    }

    [[nodiscard]] FailedCounts counts() { return *ledger.failed_counts({}, soon()); }
};

} // namespace

TEST_SUITE_BEGIN("flow/retry_failed");

TEST_CASE("every open failed event is tried once, portion by portion, and the first of them are listed") {
    PoisonedEvent event(1234);
    const auto report = retry_failed_events(event.ledger, event.world, timeout);
    REQUIRE(report);
    CHECK(report->issued == 0);
    CHECK(report->failed == std::map<FailedKind, std::int64_t>{{FailedKind::undecodable, 1234}});
    CHECK(report->failed_events.size() == listed_events);
    const auto kept = event.ledger.failed(event.soon());
    REQUIRE(kept);
    CHECK(kept->size() == 1234);
    for (const auto& failed : *kept)
        CHECK(failed.attempts == 2);
}

TEST_CASE("a failed event whose cause is gone is issued among many that stay") {
    PoisonedEvent event(600);
    const auto grant = event.grant_to(7);
    event.ledger.tables().coupons[{"coupon", Round(1)}][grant.slot] = {{grant.slot, UserId(999)}, {}, {}};
    event.work();
    event.ledger.tables().coupons.clear();
    const auto report = retry_failed_events(event.ledger, event.world, timeout);
    REQUIRE(report);
    CHECK(report->issued == 1);
    REQUIRE(report->issued_events.size() == 1);
    CHECK(report->issued_events.front().user == UserId(7));
    CHECK(report->failed_total() == 600);
    CHECK(event.rows_of(1) == 1);
}

TEST_CASE("a ledger that refuses for now is asked again, one that is away ends the retry") {
    PoisonedEvent event(10);
    event.ledger.meet(LedgerTrouble::refused, 2);
    CHECK(retry_failed_events(event.ledger, event.world, timeout)->failed_total() == 10);
    event.ledger.meet(LedgerTrouble::unreachable);
    const auto away = retry_failed_events(event.ledger, event.world, timeout);
    REQUIRE_FALSE(away);
    CHECK(away.fault().kind == FaultKind::unreachable);
}

TEST_CASE("a signal ends a retry between two portions") {
    PoisonedEvent event(10);
    event.world.stop();
    const auto report = retry_failed_events(event.ledger, event.world, timeout);
    REQUIRE(report);
    CHECK(report->interrupted);
    CHECK(report->failed_total() == 0);
}

TEST_CASE("what was dismissed is not tried again, and a second dismissal finds nothing to do") {
    PoisonedEvent event(30);
    DismissReport report;
    REQUIRE(plan_dismissal(event.ledger, FailedKind::undecodable, event.world, timeout, report));
    CHECK(report.found.open_total() == 30);
    CHECK(event.counts().open_total() == 30);
    REQUIRE(dismiss(event.ledger, FailedKind::undecodable, "planted", event.world, timeout, report));
    CHECK(report.dismissed == 30);
    CHECK(event.counts().open.empty());
    CHECK(event.counts().dismissed == 30);
    CHECK(retry_failed_events(event.ledger, event.world, timeout)->failed_total() == 0);

    DismissReport again;
    REQUIRE(plan_dismissal(event.ledger, FailedKind::undecodable, event.world, timeout, again));
    CHECK(again.found.open.empty());
    CHECK(again.matched());
}

TEST_CASE("a dismissal of places takes those and no others") {
    PoisonedEvent event(40);
    DismissReport report;
    REQUIRE(dismiss(event.ledger, PlaceRange{1, 2, 4}, "planted", event.world, timeout, report));
    CHECK(report.dismissed == 3);
    CHECK(event.counts().open_total() == 37);
}

TEST_SUITE_END();
