#include "core/reconcile.hpp"

#include "finished_event.hpp"
#include "report_text.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>

using namespace coupon;

namespace {

const Check& check_named(const AuditReport& report, const std::string& id) {
    const auto found = std::find_if(report.checks.begin(), report.checks.end(), [&](const Check& check) { return check.id == id; });
    REQUIRE_MESSAGE(found != report.checks.end(), "there is no check " << id);
    return *found;
}

Fault away(const std::string& what) {
    return {FaultKind::unreachable, what, {}};
}

const Finding* finding_named(const Check& check, const std::string& name) {
    const auto found = std::find_if(check.findings.begin(), check.findings.end(),
                                    [&](const Finding& finding) { return finding.name.find(name) != std::string::npos; });
    return found == check.findings.end() ? nullptr : &*found;
}

std::vector<std::int64_t> users_of(const Finding& finding) {
    std::vector<std::int64_t> users;
    for (const auto& trail : finding.trails)
        users.push_back(trail.user.value());
    return users;
}

/// A defect planted into an event that went well, and where the audit has to name it.
struct Planted {
    const char* what;
    std::function<void(FinishedEvent&)> spoil;
    const char* check;
    const char* finding;
    std::vector<std::int64_t> users;
};

void expect_named(const std::vector<Planted>& table, CheckStatus status, Verdict verdict) {
    for (const auto& row : table) {
        CAPTURE(row.what);
        FinishedEvent event;
        row.spoil(event);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == verdict);
        const auto& check = check_named(report, row.check);
        CHECK(check.status == status);
        const auto* finding = finding_named(check, row.finding);
        CHECK_MESSAGE(finding != nullptr, "no finding \"" << row.finding << "\" in " << row.check);
        if (finding == nullptr) continue;
        CHECK(users_of(*finding) == row.users);
        CHECK(finding->users_total == static_cast<std::int64_t>(row.users.size()));
        CHECK_FALSE(finding->hint.empty());
    }
}

constexpr std::int64_t stranger = 777;

} // namespace

TEST_SUITE("core/reconcile") {
    TEST_CASE("an event that went well is exact, and every check says what it examined") {
        FinishedEvent event;
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(report.reason.empty());
        CHECK(report.event == "coupon");
        CHECK(report.round == Round(4));
        CHECK(report.limit == Limit(10));
        CHECK(report.claimed == 10);
        CHECK(report.published == 10);
        CHECK(report.issued == 10);
        for (const auto& check : report.checks) {
            CAPTURE(check.id);
            CHECK(check.status == CheckStatus::ok);
            CHECK(check.findings.empty());
            CHECK_FALSE(check.examined.empty());
        }
        for (const char* id : {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "quiescent", "gate", "topic"})
            (void)check_named(report, id);
    }

    TEST_CASE("every planted defect is named, with its users") {
        const std::vector<Planted> table = {
            // The six every release is tried with.
            {"a row deleted", [](FinishedEvent& e) { e.lose_row(UserId(3)); }, "I7", "claim without a row", {3}},
            {"a row deleted, told granted", [](FinishedEvent& e) { e.lose_row(UserId(3)); }, "I4", "no row", {3}},
            {"a row for a user who never applied",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.issue(UserId(stranger), Slot(3));
             },
             "I6",
             "never applied",
             {stranger}},
            {"a claim removed from the gate", [](FinishedEvent& e) { e.lose_claim(UserId(3)); }, "I6", "row without a claim", {3}},
            {"a claim removed, the counters",
             [](FinishedEvent& e) { e.lose_claim(UserId(3)); },
             "gate",
             "granted is 10 but there are 9 claims",
             {}},
            {"a slot moved to another user in the gate",
             [](FinishedEvent& e) { e.claim_of(UserId(3)).user = UserId(20); },
             "I6",
             "row without a claim",
             {3}},
            {"a slot moved in the gate, its new holder",
             [](FinishedEvent& e) { e.claim_of(UserId(3)).user = UserId(20); },
             "I7",
             "claim without a row",
             {20}},
            {"a slot moved to another user in the ledger",
             [](FinishedEvent& e) { e.row_of(UserId(3)).user = UserId(20); },
             "I6",
             "row without a claim",
             {20}},
            {"a slot moved in the ledger, who was promised it",
             [](FinishedEvent& e) { e.row_of(UserId(3)).user = UserId(20); },
             "I4",
             "the slot went to somebody else",
             {3}},
            {"told granted without a row",
             [](FinishedEvent& e) {
                 e.told(UserId(20)).answer = Answer::granted;
                 e.told(UserId(20)).slot = Slot(3);
             },
             "I4",
             "the slot went to somebody else",
             {20}},
            {"told only sold_out with a row",
             [](FinishedEvent& e) {
                 e.told(UserId(3)).answer = Answer::sold_out;
                 e.told(UserId(3)).slot.reset();
             },
             "I5",
             "told only no, but there is a row",
             {3}},
            // I1
            {"more rows than the limit",
             [](FinishedEvent& e) { e.issue(UserId(20), Slot(11)); },
             "I1",
             "there are 11 rows, the limit is 10",
             {}},
            {"more claims than the limit",
             [](FinishedEvent& e) { e.claim(UserId(20), Slot(11)); },
             "I1",
             "there are 11 claims, the limit is 10",
             {}},
            // I2
            {"a user with two rows", [](FinishedEvent& e) { e.row_of(UserId(4)).user = UserId(3); }, "I2", "two rows", {3}},
            {"the same row twice", [](FinishedEvent& e) { e.issue(UserId(3), Slot(3)); }, "I2", "two rows", {3}},
            {"a user with two claims", [](FinishedEvent& e) { e.claim_of(UserId(4)).user = UserId(3); }, "I2", "two claims", {3}},
            {"a user with two slots on the topic",
             [](FinishedEvent& e) { e.publish(UserId(3), Slot(4), Epoch(1)); },
             "I2",
             "two slots on the topic",
             {3}},
            // I3
            {"a slot with two rows", [](FinishedEvent& e) { e.row_of(UserId(4)).slot = Slot(3); }, "I3", "slot with two rows", {3, 4}},
            {"a row outside the slots",
             [](FinishedEvent& e) { e.row_of(UserId(10)).slot = Slot(11); },
             "I3",
             "row of an impossible slot",
             {10}},
            {"a slot with two claims",
             [](FinishedEvent& e) { e.claim_of(UserId(4)).slot = Slot(3); },
             "I3",
             "slot with two claims",
             {3, 4}},
            {"a claim of slot 0", [](FinishedEvent& e) { e.claim_of(UserId(4)).slot = Slot(0); }, "I3", "claim of an impossible slot", {4}},
            {"a slot of two users on the topic",
             [](FinishedEvent& e) { e.publish(UserId(20), Slot(3), Epoch(1)); },
             "I3",
             "slot of two users on the topic",
             {3, 20}},
            // I4
            {"told another slot than the row",
             [](FinishedEvent& e) { e.told(UserId(3)).slot = Slot(99); },
             "I4",
             "the row has another slot",
             {3}},
            {"told granted a slot nobody has",
             [](FinishedEvent& e) { e.tell(UserId(20), Answer::granted, Slot(11)); },
             "I4",
             "there is no row",
             {20}},
            {"a permanent failed event of a granted user",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3));
             },
             "I4",
             "the record failed",
             {3}},
            {"a permanent failed event leaves the claim without a row",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3));
             },
             "I7",
             "claim whose record failed",
             {3}},
            {"a failed event said to be issued by a retry, without a row",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3)).resolved = true;
             },
             "I7",
             "claim without a row",
             {3}},
            // I5
            {"refused and closed, with a row",
             [](FinishedEvent& e) {
                 e.told(UserId(3)).answer = Answer::error;
                 e.told(UserId(3)).slot.reset();
                 e.tell(UserId(3), Answer::closed);
             },
             "I5",
             "told only no",
             {3}},
            // I6
            {"slots of two claims exchanged",
             [](FinishedEvent& e) { std::swap(e.claim_of(UserId(3)).slot, e.claim_of(UserId(4)).slot); },
             "I6",
             "row whose claim has another slot",
             {3, 4}},
            {"a claim removed together with its counters",
             [](FinishedEvent& e) { e.forget_claim(UserId(3)); },
             "I6",
             "row without a claim",
             {3}},
            {"the same, a slot the gate would give again",
             [](FinishedEvent& e) { e.forget_claim(UserId(3)); },
             "gate memory",
             "slot of the ledger unknown to the gate",
             {3}},
            {"a slot moved in gate and ledger alike",
             [](FinishedEvent& e) {
                 e.row_of(UserId(3)).user = UserId(20);
                 e.claim_of(UserId(3)).user = UserId(20);
             },
             "I6",
             "row without a record",
             {20}},
            {"a row and a claim without a record", [](FinishedEvent& e) { e.lose_record(UserId(3)); }, "I6", "row without a record", {3}},
            {"a claim of a user who never applied",
             [](FinishedEvent& e) {
                 e.forget(UserId(10));
                 e.claim(UserId(stranger), Slot(10));
             },
             "I6",
             "claim of a user who never applied",
             {stranger}},
            {"a winner whom no history knows", [](FinishedEvent& e) { e.forget_told(UserId(3)); }, "I6", "never applied", {3}},
            // I7
            {"sold_out told, but a coupon is left",
             [](FinishedEvent& e) { e.forget(UserId(10)); },
             "I7",
             "sold_out was told, but there are 9 of 10 rows",
             {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}},
            // I8
            {"who came later got the lower slot",
             [](FinishedEvent& e) {
                 for (const std::int64_t user : {3, 4}) {
                     const Slot slot(7 - user);
                     e.row_of(UserId(user)).slot = slot;
                     e.claim_of(UserId(user)).slot = slot;
                     e.grant_of(UserId(user)).slot = slot;
                     e.told(UserId(user)).slot = slot;
                 }
             },
             "I8",
             "a later request got a lower slot",
             {3, 4}},
            {"granted after somebody was told sold_out",
             [](FinishedEvent& e) {
                 auto& first = e.told(UserId(20));
                 first.invoke_ns = 1;
                 first.answer_ns = 2;
                 auto& second = e.told(UserId(10));
                 second.invoke_ns = 3'001;
                 second.answer_ns = 3'002;
                 for (std::int64_t user = 1; user < 10; ++user)
                     e.told(UserId(user)).invoke_ns = 1;
             },
             "I8",
             "granted after somebody had been told sold out",
             {10, 20}},
            // I9
            {"a record with neither row nor failed event",
             [](FinishedEvent& e) { e.lose_row(UserId(3)); },
             "I9",
             "neither issued nor kept as a failed event",
             {3}},
            {"an unreadable record that is no failed event",
             [](FinishedEvent& e) {
                 e.append(Undecodable{"header slot is missing", UserId(20)});
             },
             "I9",
             "cannot be issued and is no failed event",
             {20}},
            {"an unreadable record of nobody that is no failed event",
             [](FinishedEvent& e) {
                 e.append(Undecodable{"the value is null", std::nullopt});
             },
             "I9",
             "record 0@1005: the value is null",
             {}},
            {"a record of slot N+1 that is no failed event",
             [](FinishedEvent& e) { e.publish(UserId(20), Slot(11), Epoch(1)); },
             "I9",
             "cannot be issued and is no failed event",
             {20}},
            {"a record of an unknown round that is no failed event",
             [](FinishedEvent& e) { e.publish(UserId(20), Slot(1), Epoch(1), Round(9)); },
             "I9",
             "cannot be issued and is no failed event",
             {20}},
            {"a record of another event that is no failed event",
             [](FinishedEvent& e) {
                 e.append(IssueRecord{"other", {Round(4), Epoch(1), Slot(1), UserId(20), Instant{}}});
             },
             "I9",
             "cannot be issued and is no failed event",
             {20}},
            {"an earlier round's record lost",
             [](FinishedEvent& e) { e.publish(UserId(20), Slot(1), Epoch(1), Round(3)); },
             "I9",
             "neither issued nor kept as a failed event",
             {20}},
            {"a fenced record issued",
             [](FinishedEvent& e) {
                 // User 10's claim was lost with epoch 1; its record came after the fence; the slot went to user 9's neighbour again.
                 e.forget_claim(UserId(10));
                 e.lose_record(UserId(10));
                 e.enter_epoch(2);
                 e.publish(UserId(10), Slot(10), Epoch(1));
                 e.claim(UserId(20), Slot(10));
             },
             "I9",
             "row of a fenced record",
             {10}},
            {"a record of an abandoned round issued",
             [](FinishedEvent& e) {
                 e.ledger().rounds.back().state = RoundState::abandoned;
                 e.ledger().abandoned.push_back({Slot(3), UserId(3)});
             },
             "I9",
             "row of a claim that was given up",
             {3}},
            // I10
            {"a record of an earlier round issued into this one",
             [](FinishedEvent& e) {
                 e.forget(UserId(10));
                 e.publish(UserId(20), Slot(10), Epoch(1), Round(3));
                 e.ledger().other_coupons[Round(3)].push_back({Slot(10), UserId(20), Instant{}, Instant{}});
                 e.issue(UserId(20), Slot(10));
             },
             "I10",
             "row that a record of another round explains",
             {20}},
            // Readings of their own.
            {"a record whose slot the gate forgot",
             [](FinishedEvent& e) {
                 e.lose_row(UserId(10));
                 e.forget_claim(UserId(10));
             },
             "gate memory",
             "slot of the topic unknown to the gate",
             {10}},
            {"an outbox that was lost",
             [](FinishedEvent& e) { e.gate().fields.published = 8; },
             "gate",
             "granted - published is 2 but the outbox holds 0",
             {}},
            {"a gate field that was lost",
             [](FinishedEvent& e) { e.gate().defects.emplace_back("field published is absent"); },
             "gate",
             "field published is absent",
             {}},
            {"a gate with another limit",
             [](FinishedEvent& e) { e.gate().fields.limit = Limit(11); },
             "gate",
             "the gate's limit is 11, the ledger's 10",
             {}},
            {"free slots that are taken",
             [](FinishedEvent& e) { e.gate().fields.free = *SlotRanges::parse("3-3"); },
             "gate",
             "free slots below its highest claim are 3-3, but they are none",
             {}},
            {"an epoch the ledger never heard of",
             [](FinishedEvent& e) { e.gate().fields.epoch = Epoch(2); },
             "gate",
             "the gate is in epoch 2, the ledger in 1",
             {}},
            {"fewer claims than the gate says, though its counters agree",
             [](FinishedEvent& e) { e.gate().claims.pop_back(); },
             "gate",
             "says it holds 10 claims but 9 could be read",
             {}},
            {"records deleted before they were read",
             [](FinishedEvent& e) {
                 e.topic().partitions[1].low = FinishedEvent::first_offset + 3;
                 e.topic().partitions[1].committed = FinishedEvent::first_offset + 2;
                 e.topic().partitions[1].high = FinishedEvent::first_offset + 3;
             },
             "topic",
             "partition 1 begins at 1003, above the committed offset 1002",
             {}},
            {"a topic made anew",
             [](FinishedEvent& e) { e.topic().partitions[0].committed = FinishedEvent::first_offset + 9; },
             "topic",
             "partition 0 is committed up to 1009, above its end 1005",
             {}},
            {"fewer coupons than expected",
             [](FinishedEvent& e) { e.input.expect = 11; },
             "expect",
             "there are 10 rows, 11 were expected",
             {}},
            {"more coupons than expected",
             [](FinishedEvent& e) { e.input.expect = 9; },
             "expect",
             "there are 10 rows, 9 were expected",
             {}},
        };
        expect_named(table, CheckStatus::violated, Verdict::violated);
    }

    TEST_CASE("what cannot be judged is never exact, and says why") {
        const std::vector<Planted> table = {
            {"the gate is away",
             [](FinishedEvent& e) {
                 e.input.gate.reset();
                 e.input.unreadable.push_back(away("cannot reach redis at 127.0.0.1:1"));
             },
             "stores",
             "cannot reach redis",
             {}},
            {"the topic is away",
             [](FinishedEvent& e) {
                 e.input.topic_log.reset();
                 e.input.unreadable.push_back(away("cannot reach kafka at 127.0.0.1:1"));
             },
             "stores",
             "cannot reach kafka",
             {}},
            {"the ledger is away",
             [](FinishedEvent& e) {
                 e.input.ledger.reset();
                 e.input.unreadable.push_back(away("cannot reach mysql at 127.0.0.1:1"));
             },
             "stores",
             "cannot reach mysql",
             {}},
            {"no round is known without the ledger",
             [](FinishedEvent& e) {
                 e.input.ledger.reset();
                 e.input.unreadable.push_back(away("cannot reach mysql at 127.0.0.1:1"));
             },
             "round",
             "the rounds of the event were not read",
             {}},
            {"nothing is at rest that was not looked at",
             [](FinishedEvent& e) {
                 e.input.topic_log.reset();
                 e.input.unreadable.push_back(away("cannot reach kafka at 127.0.0.1:1"));
             },
             "quiescent",
             "gate and topic were not both read",
             {}},
            {"a store was not read and nobody says why", [](FinishedEvent& e) { e.input.gate.reset(); }, "stores", "not all three", {}},
            {"there is no round",
             [](FinishedEvent& e) {
                 e.input.round.reset();
                 e.input.ledger->rounds.clear();
             },
             "round",
             "has no round yet",
             {}},
            {"the round is unknown", [](FinishedEvent& e) { e.input.round = Round(9); }, "round", "round 9 is unknown to the ledger", {}},
            {"the coupons were purged",
             [](FinishedEvent& e) {
                 e.ledger().rounds.back().state = RoundState::purged;
                 e.ledger().coupons.clear();
             },
             "round",
             "were purged",
             {}},
            {"a reset has not finished",
             [](FinishedEvent& e) {
                 e = FinishedEvent(10, 0);
                 e.ledger().rounds.back().state = RoundState::opening;
             },
             "round",
             "is opening",
             {}},
            {"the gate is a round ahead",
             [](FinishedEvent& e) {
                 e.gate().fields.round = Round(5);
                 while (!e.gate().claims.empty())
                     e.forget_claim(e.gate().claims.back().user);
             },
             "round",
             "the gate holds round 5",
             {}},
            {"not quiescent",
             [](FinishedEvent& e) { e.input.not_quiescent_because.emplace_back("3 claims are pending"); },
             "quiescent",
             "3 claims are pending",
             {}},
            {"the gate's server restarted", [](FinishedEvent& e) { e.gate().server.run_id = "run-2"; }, "quiescent", "not armed", {}},
            {"a row is missing while things move",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("1 claim is pending");
                 e.lose_row(UserId(3));
             },
             "I4",
             "no row yet",
             {3}},
            {"a claim has no row while things move",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("1 claim is pending");
                 e.lose_row(UserId(3));
             },
             "I7",
             "claim without a row so far",
             {3}},
            {"a row is missing while the topic is away",
             [](FinishedEvent& e) {
                 e.input.topic_log.reset();
                 e.input.unreadable.push_back(away("cannot reach kafka at 127.0.0.1:1"));
                 e.lose_row(UserId(3));
             },
             "I4",
             "no row yet",
             {3}},
            {"a record without a claim, which a fence may have fenced meanwhile",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("the event moved while it was read");
                 e.forget_claim(UserId(10));
                 e.lose_row(UserId(10));
                 e.forget_told(UserId(10));
             },
             "I9",
             "not issued yet",
             {10}},
            {"told only no in a history that has defects, and a row",
             [](FinishedEvent& e) {
                 e.history().defects.emplace_back("line 7 cannot be read: 'x'");
                 e.told(UserId(3)).answer = Answer::closed;
                 e.told(UserId(3)).slot.reset();
             },
             "I5",
             "told only no in what could be read",
             {3}},
            {"a low slot late, while a new epoch may have begun",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("the event moved while it was read");
                 std::swap(e.told(UserId(3)).invoke_ns, e.told(UserId(4)).invoke_ns);
                 std::swap(e.told(UserId(3)).answer_ns, e.told(UserId(4)).answer_ns);
             },
             "I8",
             "a later request got a lower slot, unless",
             {3, 4}},
            {"an unreadable record the worker has not come to",
             [](FinishedEvent& e) {
                 e.append(Undecodable{"header slot is missing", UserId(20)});
                 e.topic().partitions[0].committed = FinishedEvent::first_offset;
                 e.input.not_quiescent_because.emplace_back("topic partition 0 is 6 records behind");
             },
             "I9",
             "no failed event yet",
             {20}},
            {"a record of a newer format", [](FinishedEvent& e) { e.append(NewerFormat{2}); }, "topic", "newer format", {}},
            {"a history of another round",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-1", 101, "coupon", Round(3), 1}, {}, {}});
             },
             "history",
             "b.jsonl is of round 3 of event coupon",
             {}},
            {"a history of another event",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-1", 101, "other", Round(4), 1}, {}, {}});
             },
             "history",
             "b.jsonl is of round 4 of event other",
             {}},
            {"a history given twice",
             [](FinishedEvent& e) {
                 e.input.histories.push_back(e.history());
                 e.input.histories.back().path = "copy.jsonl";
             },
             "history",
             "copy.jsonl is the same run as history a.jsonl",
             {}},
            {"a history with an unreadable line",
             [](FinishedEvent& e) { e.history().defects.emplace_back("line 7 cannot be read: 'x'"); },
             "history",
             "a.jsonl: line 7",
             {}},
            {"a history that is none",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.txt", {}, {}, {"line 1 is not the head of a history: 'x'"}});
             },
             "history",
             "b.txt: line 1",
             {}},
            {"rows short of what is expected while things move",
             [](FinishedEvent& e) {
                 e.input.expect = 11;
                 e.input.not_quiescent_because.emplace_back("1 claim is pending");
             },
             "expect",
             "more may come",
             {}},
        };
        expect_named(table, CheckStatus::cannot_tell, Verdict::cannot_tell);
    }

    TEST_CASE("what went well raises no alarm") {
        const struct {
            const char* what;
            std::function<void(FinishedEvent&)> vary;
        } table[] = {
            {"records delivered again",
             [](FinishedEvent& e) {
                 e.publish(UserId(3), Slot(3), Epoch(1));
                 e.publish(UserId(3), Slot(3), Epoch(1));
             }},
            {"a redrive by a worker of a later epoch",
             [](FinishedEvent& e) {
                 e.enter_epoch(2);
                 e.publish(UserId(3), Slot(3), Epoch(2));
             }},
            {"a fenced leftover of a claim that survived",
             [](FinishedEvent& e) {
                 e.enter_epoch(2);
                 e.publish(UserId(3), Slot(3), Epoch(1));
             }},
            {"a fenced leftover of a claim that was lost",
             [](FinishedEvent& e) {
                 e.enter_epoch(2);
                 e.publish(UserId(20), Slot(10), Epoch(1));
             }},
            {"a record issued between the end offset and its fence",
             [](FinishedEvent& e) {
                 e.lose_record(UserId(3));
                 e.enter_epoch(2);
                 e.publish(UserId(3), Slot(3), Epoch(1));
             }},
            {"a hole filled in a second epoch by somebody who came late",
             [](FinishedEvent& e) {
                 e.forget(UserId(4));
                 e.enter_epoch(2);
                 e.claim(UserId(40), Slot(4));
                 e.publish(UserId(40), Slot(4), Epoch(2));
                 e.issue(UserId(40), Slot(4));
                 e.tell(UserId(40), Answer::granted, Slot(4));
             }},
            {"a hole of a second epoch that nobody filled, after sold_out",
             [](FinishedEvent& e) {
                 e.forget(UserId(4));
                 e.enter_epoch(2);
                 e.gate().fields.free = *SlotRanges::parse("4-4");
             }},
            {"an earlier round that was abandoned, with stale records",
             [](FinishedEvent& e) {
                 e.ledger().rounds.front().state = RoundState::abandoned;
                 e.publish(UserId(20), Slot(1), Epoch(1), Round(3));
             }},
            {"an earlier round's record in its own round",
             [](FinishedEvent& e) {
                 e.publish(UserId(20), Slot(1), Epoch(1), Round(3));
                 e.ledger().other_coupons[Round(3)].push_back({Slot(1), UserId(20), Instant{}, Instant{}});
             }},
            {"an earlier round's record of the same user and slot",
             [](FinishedEvent& e) {
                 e.publish(UserId(3), Slot(3), Epoch(1), Round(3));
                 e.ledger().other_coupons[Round(3)].push_back({Slot(3), UserId(3), Instant{}, Instant{}});
             }},
            {"a purged earlier round",
             [](FinishedEvent& e) {
                 e.ledger().rounds.front().state = RoundState::purged;
                 e.publish(UserId(20), Slot(1), Epoch(1), Round(3));
             }},
            {"a topic purged of this round's records too",
             [](FinishedEvent& e) {
                 e.topic().records.clear();
                 for (auto& partition : e.topic().partitions)
                     partition.low = partition.high;
             }},
            {"a worker that never committed on an empty partition",
             [](FinishedEvent& e) {
                 e.topic().partitions.push_back({2, 0, 0, std::nullopt});
             }},
            {"a purge that was stored but failed", [](FinishedEvent& e) { e.topic().partitions[0].low = 0; }},
            {"garbage that became failed events",
             [](FinishedEvent& e) {
                 e.fail(e.append(Undecodable{"the value is null", std::nullopt}), "the value is null");
                 e.fail(e.append(Undecodable{"header slot is missing", UserId(3)}), "header slot is missing", UserId(3));
                 e.fail(e.publish(UserId(20), Slot(11), Epoch(1)), "slot 11 is outside 1..10", UserId(20));
                 e.fail(e.publish(UserId(20), Slot(3), Epoch(1)), "slot 3 belongs to user 3", UserId(20));
                 e.fail(e.publish(UserId(3), Slot(7), Epoch(1)), "user 3 has slot 3 already", UserId(3));
             }},
            {"a failed event that a retry issued",
             [](FinishedEvent& e) { e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3)).resolved = true; }},
            {"a failed event of another topic and of another round",
             [](FinishedEvent& e) {
                 e.fail({0, FinishedEvent::first_offset}, "slot 0", UserId(1)).topic = "elsewhere";
                 e.fail({0, 5}, "slot 0", UserId(1)).round = Round(3);
             }},
            {"a winner whose answer was lost",
             [](FinishedEvent& e) { e.told(UserId(3)) = {3, UserId(3), 300, {}, Answer::unknown, {}, {}}; }},
            {"a winner told sold_out by one application and nothing by another",
             [](FinishedEvent& e) {
                 e.told(UserId(3)).answer = Answer::unknown;
                 e.told(UserId(3)).slot.reset();
                 e.tell(UserId(3), Answer::sold_out);
             }},
            {"a winner told pending", [](FinishedEvent& e) { e.told(UserId(3)).answer = Answer::pending; }},
            {"a winner asked again and told duplicate", [](FinishedEvent& e) { e.tell(UserId(3), Answer::duplicate, Slot(3)); }},
            {"a loser told pending without a slot", [](FinishedEvent& e) { e.told(UserId(20)).answer = Answer::pending; }},
            {"a loser who never heard",
             [](FinishedEvent& e) {
                 e.told(UserId(20)).answer = Answer::unknown;
                 e.told(UserId(20)).answer_ns.reset();
             }},
            {"a duplicate told a low slot late", [](FinishedEvent& e) { e.tell(UserId(1), Answer::duplicate, Slot(1)); }},
            {"requests that overlap in time",
             [](FinishedEvent& e) {
                 for (auto& entry : e.history().entries)
                     entry.invoke_ns = 1;
             }},
            {"histories of another boot, whose times say nothing",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-2", 100, "coupon", Round(4), 1}, {}, {}});
                 auto& entries = e.history().entries;
                 auto& other = e.input.histories.back().entries;
                 for (auto entry = entries.begin(); entry != entries.end();) {
                     if (entry->user.value() % 2 == 0) {
                         other.push_back(*entry);
                         other.back().invoke_ns = 1'000'000 - entry->invoke_ns;
                         other.back().answer_ns = 1'000'000 - entry->invoke_ns + 1;
                         // In this boot's clock all asked at once.
                         other.back().invoke_ns = 1;
                         entry = entries.erase(entry);
                     } else {
                         ++entry;
                     }
                 }
             }},
            {"a purge beyond what a worker had committed",
             [](FinishedEvent& e) {
                 e.topic().partitions.push_back({2, 500, 500, 300});
                 e.ledger().purged_to[2] = 500;
             }},
            {"somebody of another boot told sold_out at an early time of that boot",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-2", 100, "coupon", Round(4), 1}, {}, {}});
                 e.input.histories.back().entries.push_back({1, UserId(99), 1, 2, Answer::sold_out, {}, {}});
             }},
            {"a survivor of epoch 1 whose first record was deleted, beside a hole filled later",
             [](FinishedEvent& e) {
                 // User 4 was lost; users 1 and 10 claimed in epoch 1, and only records of epoch 2 are left of them.
                 e.forget(UserId(4));
                 e.enter_epoch(2);
                 e.lose_record(UserId(1));
                 e.lose_record(UserId(10));
                 e.publish(UserId(1), Slot(1), Epoch(2));
                 e.publish(UserId(10), Slot(10), Epoch(2));
                 for (auto& partition : e.topic().partitions)
                     partition.low = FinishedEvent::first_offset + 1;
                 e.claim(UserId(40), Slot(4));
                 e.publish(UserId(40), Slot(4), Epoch(2));
                 e.issue(UserId(40), Slot(4));
                 e.tell(UserId(40), Answer::granted, Slot(4));
             }},
            {"no history at all", [](FinishedEvent& e) { e.forget_history(); }},
            {"the gate closed by hand", [](FinishedEvent& e) { e.gate().fields.door = GateDoor::closed; }},
            {"as many as expected", [](FinishedEvent& e) { e.input.expect = 10; }},
        };
        for (const auto& row : table) {
            CAPTURE(row.what);
            FinishedEvent event;
            row.vary(event);
            const auto report = reconcile(event.input);
            INFO(everything_said(report));
            CHECK(report.verdict == Verdict::exact);
            for (const auto& check : report.checks) {
                CHECK_MESSAGE((check.status == CheckStatus::ok || check.status == CheckStatus::not_checked), check.id);
                CHECK_MESSAGE(check.findings.empty(), check.id);
            }
        }
    }

    TEST_CASE("every record gets the class it deserves") {
        FinishedEvent event;
        event.publish(UserId(3), Slot(3), Epoch(1));
        event.fail(event.record_of(UserId(4)).at, "the ledger was full", UserId(4)).resolved = true;
        event.fail(event.record_of(UserId(5)).at, "from a topic that lay here before", UserId(50));
        event.fail(event.record_of(UserId(6)).at, "of another topic", UserId(6)).topic = "elsewhere";
        event.fail(event.publish(UserId(20), Slot(0), Epoch(1)), "slot 0 is outside 1..10", UserId(20));
        event.fail(event.append(Undecodable{"the value is null", std::nullopt}), "the value is null").resolved = true;
        event.ledger().rounds.front().state = RoundState::abandoned;
        event.publish(UserId(20), Slot(2), Epoch(1), Round(3));
        event.enter_epoch(2);
        event.publish(UserId(21), Slot(10), Epoch(1));
        event.publish(UserId(7), Slot(7), Epoch(1));
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(check_named(report, "I9").examined == "16 records, 10 issued, 1 already_issued, 1 stale, 2 fenced, 2 failed");
    }

    TEST_CASE("an event that was not sold out is exact, and short of what was expected only when asked") {
        FinishedEvent event(100, 37);
        auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(report.issued == 37);
        CHECK(report.limit == Limit(100));
        event.input.expect = 100;
        CHECK(reconcile(event.input).verdict == Verdict::violated);
        event.input.expect = 37;
        CHECK(reconcile(event.input).verdict == Verdict::exact);
    }

    TEST_CASE("a round nobody applied to is exact only when nobody was expected") {
        FinishedEvent event(10, 0);
        auto report = reconcile(event.input);
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "nobody applied to round 4");
        event.input.expect = 0;
        report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        event.input.expect = 1;
        CHECK(reconcile(event.input).verdict == Verdict::violated);
    }

    TEST_CASE("a round where everybody came too early was applied to") {
        FinishedEvent event(10, 0);
        event.apply(UserId(1), Answer::closed);
        CHECK(reconcile(event.input).verdict == Verdict::exact);
    }

    TEST_CASE("without a history, what was told is not checked") {
        FinishedEvent event;
        event.forget_history();
        const auto report = reconcile(event.input);
        for (const char* id : {"I4", "I5", "I8"}) {
            CAPTURE(id);
            CHECK(check_named(report, id).status == CheckStatus::not_checked);
            CHECK(check_named(report, id).examined == "not checked (no --history)");
        }
        for (const char* id : {"I1", "I2", "I3", "I6", "I7", "I9", "I10"})
            CHECK_MESSAGE(check_named(report, id).status == CheckStatus::ok, id);
    }

    TEST_CASE("a violation comes before what cannot be told") {
        const std::vector<Planted> table = {
            {"a doubled slot while things move",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("1 claim is pending");
                 e.row_of(UserId(4)).slot = Slot(3);
             },
             "I3",
             "slot with two rows",
             {3, 4}},
            {"a row without a claim while things move",
             [](FinishedEvent& e) {
                 e.input.not_quiescent_because.emplace_back("1 claim is pending");
                 e.lose_claim(UserId(3));
             },
             "I6",
             "row without a claim",
             {3}},
            {"an outbox entry without a claim",
             [](FinishedEvent& e) { e.leave_pending(UserId(20), Slot(11)); },
             "gate",
             "outbox entry without a claim",
             {20}},
            {"an outbox entry with another slot than its claim",
             [](FinishedEvent& e) { e.leave_pending(UserId(3), Slot(4)); },
             "gate",
             "outbox entry with another slot than the claim",
             {3}},
            {"a row of nobody with the gate away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot reach redis"));
                 e.input.gate.reset();
                 e.forget_told(UserId(3));
             },
             "I6",
             "never applied",
             {3}},
            {"a refused user with a row while a store is away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot reach redis"));
                 e.input.gate.reset();
                 e.told(UserId(3)).answer = Answer::sold_out;
                 e.told(UserId(3)).slot.reset();
             },
             "I5",
             "told only no",
             {3}},
            {"a doubled claim with the ledger away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot reach mysql"));
                 e.input.ledger.reset();
                 e.claim_of(UserId(4)).slot = Slot(3);
             },
             "I3",
             "slot with two claims",
             {3, 4}},
        };
        expect_named(table, CheckStatus::violated, Verdict::violated);
    }

    TEST_CASE("a gate that is missing or not armed makes rows without claims no violation yet") {
        FinishedEvent missing;
        missing.input.gate.reset();
        missing.input.unreadable.push_back(away("the gate does not exist; run coupon-reset"));
        CHECK(reconcile(missing.input).verdict == Verdict::cannot_tell);
        FinishedEvent restarted;
        restarted.gate().server.run_id = "run-2";
        restarted.input.not_quiescent_because.emplace_back("the gate is not armed");
        restarted.forget_claim(UserId(10));
        const auto report = reconcile(restarted.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "the gate is not armed");
    }

    TEST_CASE("an abandoned round is exempt from I4 and I7, and says who was given up") {
        FinishedEvent event;
        event.ledger().rounds.back().state = RoundState::abandoned;
        event.lose_row(UserId(3));
        event.ledger().abandoned.push_back({Slot(3), UserId(3)});
        event.input.is_older_round = true;
        event.input.gate.reset();
        event.input.topic_log.reset();
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        for (const char* id : {"I4", "I7"}) {
            CHECK(check_named(report, id).status == CheckStatus::not_checked);
            CHECK(check_named(report, id).examined.find("abandoned by force") != std::string::npos);
        }
        const auto* finding = finding_named(check_named(report, "abandoned"), "given up");
        REQUIRE(finding != nullptr);
        CHECK(users_of(*finding) == std::vector<std::int64_t>{3});
        CHECK(finding->trails[0].text == "told granted slot 3 -> given up by a forced reset -> no row");
    }

    TEST_CASE("an older round is judged from ledger and histories alone") {
        const auto older = [](const std::function<void(FinishedEvent&)>& spoil) {
            FinishedEvent event;
            event.input.is_older_round = true;
            event.input.gate.reset();
            event.input.topic_log.reset();
            spoil(event);
            return reconcile(event.input);
        };
        const auto well = older([](FinishedEvent&) {});
        INFO(everything_said(well));
        CHECK(well.verdict == Verdict::exact);
        for (const char* id : {"quiescent", "gate", "gate memory", "topic", "I9", "I10"})
            CHECK_MESSAGE(check_named(well, id).status == CheckStatus::not_checked, id);
        for (const char* id : {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"})
            CHECK_MESSAGE(check_named(well, id).status == CheckStatus::ok, id);
        const auto lost = older([](FinishedEvent& e) { e.lose_row(UserId(3)); });
        CHECK(lost.verdict == Verdict::violated);
        CHECK(finding_named(check_named(lost, "I4"), "no row") != nullptr);
        CHECK(finding_named(check_named(lost, "I7"), "9 of 10 rows") != nullptr);
        CHECK(older([](FinishedEvent& e) { e.forget_history(); }).verdict == Verdict::exact);
        CHECK(older([](FinishedEvent& e) { e.enter_epoch(2); }).verdict == Verdict::exact);
    }

    TEST_CASE("a history of another round is not counted") {
        FinishedEvent event;
        event.history().head.round = Round(3);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(finding_named(check_named(report, "I6"), "never applied") == nullptr);
        CHECK(check_named(report, "history").examined == "0 of 1 file, 0 applications of 0 users");
    }

    TEST_CASE("grants whose epoch is not certain are left out of the order, and counted") {
        FinishedEvent event;
        event.forget(UserId(4));
        event.enter_epoch(2);
        event.claim(UserId(40), Slot(4));
        event.publish(UserId(40), Slot(4), Epoch(2));
        event.issue(UserId(40), Slot(4));
        event.tell(UserId(40), Answer::granted, Slot(4));
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(check_named(report, "I8").examined ==
              "9 grants in 1 comparable group, 1 grant left out (the round had 2 epochs, and theirs is not certain)");
    }

    TEST_CASE("within a later epoch the order is judged once the epoch had certainly begun") {
        FinishedEvent event(14, 10);
        event.enter_epoch(2);
        const auto grant_late = [&](std::int64_t user, std::int64_t slot) {
            event.claim(UserId(user), Slot(slot));
            event.publish(UserId(user), Slot(slot), Epoch(2));
            event.issue(UserId(user), Slot(slot));
            event.tell(UserId(user), Answer::granted, Slot(slot));
        };
        grant_late(11, 11); // Told granted, and every record of epoch 2: from here on epoch 2 is certain.
        grant_late(12, 13);
        grant_late(13, 12);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        const auto* finding = finding_named(check_named(report, "I8"), "lower slot");
        REQUIRE(finding != nullptr);
        CHECK(users_of(*finding) == std::vector<std::int64_t>{12, 13});
    }

    TEST_CASE("sold_out of the last epoch demands every row, sold_out of an earlier one does not") {
        FinishedEvent event;
        event.forget(UserId(4));
        event.forget(UserId(5));
        event.enter_epoch(2);
        event.claim(UserId(40), Slot(4));
        event.publish(UserId(40), Slot(4), Epoch(2));
        event.issue(UserId(40), Slot(4));
        event.tell(UserId(40), Answer::granted, Slot(4));
        event.gate().fields.free = *SlotRanges::parse("5-5");
        CHECK(reconcile(event.input).verdict == Verdict::exact);
        event.tell(UserId(41), Answer::sold_out);
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(finding_named(check_named(report, "I7"), "9 of 10 rows") != nullptr);
    }

    TEST_CASE("a trail tells where a promise got lost") {
        FinishedEvent event;
        event.lose_row(UserId(3));
        event.tell(UserId(3), Answer::duplicate, Slot(3));
        event.tell(UserId(3), Answer::duplicate, Slot(3));
        event.issue(UserId(20), Slot(3));
        const auto report = reconcile(event.input);
        const auto* finding = finding_named(check_named(report, "I4"), "somebody else");
        REQUIRE(finding != nullptr);
        CHECK(finding->trails[0].text == "told granted slot 3 -> told duplicate slot 3 (2 times) -> claim slot 3 -> record 0@1001 slot 3 "
                                         "(not issued: slot 3 belongs to user 20) -> no row; slot 3 has a row of user 20");
    }

    TEST_CASE("of many users the first twenty are named, and all are counted") {
        FinishedEvent event(100, 200);
        event.ledger().coupons.clear();
        const auto report = reconcile(event.input);
        const auto* finding = finding_named(check_named(report, "I4"), "no row");
        REQUIRE(finding != nullptr);
        CHECK(finding->trails.size() == 20);
        CHECK(finding->trails.front().user == UserId(1));
        CHECK(finding->trails.back().user == UserId(20));
        CHECK(finding->users_total == 100);
    }

    TEST_CASE("a million applications of 100,000 users in four histories are judged within seconds") {
        FinishedEvent event(50'000, 100'000);
        auto all = std::move(event.history().entries);
        const auto head = event.history().head;
        event.input.histories.clear();
        for (std::int64_t file = 0; file < 4; ++file) {
            event.input.histories.push_back({"part-" + std::to_string(file), head, {}, {}});
            event.input.histories.back().head.pid += file;
        }
        for (std::size_t i = 0; i < all.size(); ++i)
            event.input.histories[i % 4].entries.push_back(all[i]);
        for (std::int64_t i = 0; i < 900'000; ++i) {
            auto again = all[static_cast<std::size_t>(i) % all.size()];
            again.id += 1'000'000 + i;
            again.invoke_ns += 1'000'000'000;
            *again.answer_ns += 1'000'000'000;
            if (again.answer == Answer::granted) again.answer = Answer::duplicate;
            event.input.histories[static_cast<std::size_t>(i % 4)].entries.push_back(again);
        }
        const auto begin = std::chrono::steady_clock::now();
        const auto report = reconcile(event.input);
        const auto took = std::chrono::steady_clock::now() - begin;
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::exact);
        CHECK(check_named(report, "history").examined == "4 of 4 files, 1000000 applications of 100000 users");
        MESSAGE("judged in " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
        CHECK(took < std::chrono::seconds(20));
    }
}
