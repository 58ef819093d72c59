#include "audit/planted.hpp"

using namespace coupon;

namespace {

/// An event that moves, in whatever state `spoil` leaves it.
AuditReport moving(const std::function<void(FinishedEvent&)>& spoil, std::int64_t limit = 100) {
    FinishedEvent event(limit, 37);
    event.keep_moving();
    spoil(event);
    return reconcile(event.input);
}

/// User 37 was granted last, and no worker has come to the record.
void leave_unread(FinishedEvent& event) {
    event.lose_row(UserId(37));
    event.not_read_before(UserId(37));
}

} // namespace

TEST_SUITE("audit/in_progress") {
    TEST_CASE("while users apply, an event in good health is in progress, with its numbers") {
        const auto report = moving(leave_unread);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::in_progress);
        CHECK(report.reason.empty());
        CHECK(report.granted == 37);
        CHECK(report.issued == 36);
        CHECK(report.to_go() == 1);
        CHECK(check_named(report, "quiescent").status == CheckStatus::cannot_tell);
    }

    TEST_CASE("whatever an event in good health settles by itself leaves it in progress") {
        const struct {
            const char* what;
            std::function<void(FinishedEvent&)> spoil;
            const char* check;
            const char* finding;
        } rows[] = {
            {"nothing but the motion", [](FinishedEvent&) {}, "quiescent", "users are still applying"},
            {"a promise without a row yet", leave_unread, "I4", "no row yet"},
            {"a claim without a row yet", leave_unread, "I7", "claim without a row so far"},
            {"a record no worker has come to", leave_unread, "I9", "record that is not issued yet"},
            {"a pending claim",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(37));
                 e.lose_record(UserId(37));
                 e.leave_pending(UserId(37), Slot(37));
             },
             "I7", "claim without a row so far"},
            {"a claim granted since the look before, published after the topic was read",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(37));
                 e.lose_record(UserId(37));
                 --e.input.motion->before.after.granted;
             },
             "I7", "claim without a row so far"},
            {"a claim that was pending at the look before, published after the topic was read",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(37));
                 e.lose_record(UserId(37));
                 --e.input.motion->before.after.published;
                 ++e.input.motion->before.after.outbox;
             },
             "I7", "claim without a row so far"},
            {"somebody told granted after the claims were listed",
             [](FinishedEvent& e) {
                 e.tell(UserId(50), Answer::granted, Slot(38));
                 ++e.input.motion->after.after.granted;
             },
             "I4", "no row yet"},
            {"a history still being written", [](FinishedEvent& e) { e.history().closing.reset(); }, "history", "incomplete"},
            {"fewer rows than expected", [](FinishedEvent& e) { e.input.expect = 100; }, "expect", "more may come"},
            {"an unreadable record no worker has come to",
             [](FinishedEvent& e) {
                 e.append(Undecodable{"header slot is missing", UserId(20)});
                 --*e.input.topic_log->partitions[0].committed;
             },
             "I9", "record that is no failed event yet"},
            {"a record of nobody that no worker has come to",
             [](FinishedEvent& e) {
                 e.append(Undecodable{"the value is null", std::nullopt});
             },
             "I9", "names no user and is no failed event yet"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            const auto report = moving(row.spoil);
            INFO(everything_said(report));
            CHECK(report.verdict == Verdict::in_progress);
            CHECK(finding_named(check_named(report, row.check), row.finding) != nullptr);
        }
    }

    TEST_CASE("a sold out event of which rows are still to come is in progress") {
        const auto report = moving(
            [](FinishedEvent& e) {
                e.lose_row(UserId(10));
                e.not_read_before(UserId(10));
            },
            10);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::in_progress);
        CHECK(finding_named(check_named(report, "I7"), "told \"sold out\" although only 9 of 10 coupons exist so far") != nullptr);
    }

    TEST_CASE("without a motion that was seen, the same cannot be told") {
        const auto report = moving([](FinishedEvent& e) {
            leave_unread(e);
            e.input.motion.reset();
        });
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "users are still applying");
    }

    TEST_CASE(
        "an event that is in progress is not exact because its histories are partial, nor in progress where all checks are required") {
        const auto partial = moving([](FinishedEvent& e) {
            leave_unread(e);
            e.input.histories_are_partial = true;
        });
        CHECK(partial.verdict == Verdict::in_progress);
        const auto required = moving([](FinishedEvent& e) {
            leave_unread(e);
            e.input.requires_all = true;
            e.forget_history();
        });
        CHECK(required.verdict == Verdict::cannot_tell);
    }
}
