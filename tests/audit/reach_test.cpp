#include "audit/reach.hpp"

#include "audit/finished_event.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

namespace {

AuditReport report_of(const std::function<void(FinishedEvent&)>& spoil) {
    FinishedEvent event;
    spoil(event);
    return reconcile(event.input);
}

void make_older(FinishedEvent& event) {
    event.input.is_older_round = true;
    event.input.gate.reset();
    event.input.topic_log.reset();
}

} // namespace

TEST_SUITE("audit/reach") {
    TEST_CASE("a verdict says what it is about, and which checks it lacks") {
        const auto whole = report_of([](FinishedEvent&) {});
        CHECK(scope_of(whole).empty());
        CHECK(not_made_text(whole).empty());
        const auto stores = report_of([](FinishedEvent& e) { e.forget_history(); });
        CHECK(stores.verdict == Verdict::exact);
        CHECK(scope_of(stores) == "the stores");
        CHECK(not_made_text(stores) == "4 of 17 checks need --history");
        const auto older = report_of(make_older);
        CHECK(scope_of(older) == "ledger and histories");
        CHECK(not_made_text(older) == "6 of 17 checks were not made");
        const auto ledger = report_of([](FinishedEvent& e) {
            make_older(e);
            e.forget_history();
        });
        CHECK(scope_of(ledger) == "the ledger");
        CHECK(not_made_text(ledger) == "12 of 17 checks were not made");
        for (const auto& check : ledger.checks)
            CHECK_MESSAGE((check.status == CheckStatus::not_checked) == !check.why_not.empty(), check.id);
    }

    TEST_CASE("histories of another round are no histories of this one") {
        const auto report = report_of([](FinishedEvent& e) { e.history().head.round = Round(3); });
        CHECK(scope_of(report) == "the stores");
    }

    TEST_CASE("where all checks are required, one that was not made means cannot tell, and a violation stays one") {
        const auto whole = report_of([](FinishedEvent& e) { e.input.requires_all = true; });
        CHECK(whole.verdict == Verdict::exact);
        const auto stores = report_of([](FinishedEvent& e) {
            e.input.requires_all = true;
            e.forget_history();
        });
        CHECK(stores.verdict == Verdict::cannot_tell);
        CHECK(stores.reason == "4 of 17 checks need --history");
        const auto lost = report_of([](FinishedEvent& e) {
            e.input.requires_all = true;
            e.forget_history();
            e.lose_row(UserId(3));
        });
        CHECK(lost.verdict == Verdict::violated);
    }

    TEST_CASE("what was not read has no number") {
        const auto whole = report_of([](FinishedEvent&) {});
        CHECK(whole.granted == 10);
        CHECK(whole.claimed == 10);
        CHECK(whole.published == 10);
        CHECK(whole.issued == 10);
        CHECK(whole.to_go() == 0);
        const auto without_gate = report_of([](FinishedEvent& e) { e.input.gate.reset(); });
        CHECK_FALSE(without_gate.granted);
        CHECK_FALSE(without_gate.claimed);
        CHECK_FALSE(without_gate.to_go());
        CHECK(without_gate.published == 10);
        const auto without_topic = report_of([](FinishedEvent& e) { e.input.topic_log.reset(); });
        CHECK_FALSE(without_topic.published);
        CHECK(without_topic.claimed == 10);
        const auto without_ledger = report_of([](FinishedEvent& e) { e.input.ledger.reset(); });
        CHECK_FALSE(without_ledger.issued);
        CHECK_FALSE(without_ledger.published);
        CHECK(without_ledger.claimed == 10);
        const auto purged = report_of([](FinishedEvent& e) {
            e.ledger().rounds.back().state = RoundState::purged;
            e.ledger().coupons.clear();
        });
        CHECK_FALSE(purged.issued);
    }

    TEST_CASE("what was not read is no 0 in what a check examined") {
        const auto examined = [](const AuditReport& report, const std::string& id) {
            return std::ranges::find(report.checks, id, &Check::id)->examined;
        };
        const auto without_topic = report_of([](FinishedEvent& e) { e.input.topic_log.reset(); });
        CHECK(examined(without_topic, "I2") == "10 rows, 10 claims, - records");
        const auto without_gate = report_of([](FinishedEvent& e) { e.input.gate.reset(); });
        CHECK(examined(without_gate, "I3") == "10 rows, - claims, 10 records");
    }
}
