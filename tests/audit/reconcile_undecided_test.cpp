#include "audit/planted.hpp"

#include <algorithm>

using namespace coupon;

namespace {

/// The ledger is as it was when the first `users` had their rows.
void fall_behind(FinishedEvent& event, std::int64_t users) {
    for (auto user = users + 1; user <= static_cast<std::int64_t>(event.ledger().rounds.back().limit.value()); ++user) {
        const auto at = event.record_of(UserId(user)).at;
        event.lose_row(UserId(user));
        auto& position = event.ledger().positions[at.partition].next;
        position = std::min(position, at.offset);
    }
}

} // namespace

std::vector<Planted> coupon::undecided_cases() { // NOLINT(readability-function-size): a table
    return {
        {"the gate is away",
         [](FinishedEvent& e) {
             e.input.gate.reset();
             e.input.unreadable.push_back(away("cannot connect to redis at 127.0.0.1:1"));
         },
         "stores",
         "cannot connect to redis",
         {}},
        {"the gate's epoch is above the ledger's, which lost an arming",
         [](FinishedEvent& e) { e.gate().fields.epoch = Epoch(2); },
         "quiescent",
         "the gate is in epoch 2, the ledger in 1: it is not armed",
         {}},
        {"the gate was set back to an older epoch",
         [](FinishedEvent& e) { e.ledger().rounds.back().epoch = Epoch(2); },
         "quiescent",
         "the gate is in epoch 1, the ledger in 2: it is not armed",
         {}},
        {"the ledger names the gate of another server",
         [](FinishedEvent& e) { e.ledger().rounds.back().home.run_id = "another"; },
         "quiescent",
         "the gate is not armed",
         {}},
        {"a database that lacks the newest row of each partition",
         [](FinishedEvent& e) { fall_behind(e, 8); },
         "I7",
         "claim without a row in a database that has not caught up",
         {9, 10}},
        {"the same, told granted",
         [](FinishedEvent& e) { fall_behind(e, 8); },
         "I4",
         "there is no row in a database that has not caught up",
         {9, 10}},
        {"the same, their records",
         [](FinishedEvent& e) { fall_behind(e, 8); },
         "I9",
         "record that was committed and has no row in a database that has not caught up",
         {9, 10}},
        {"the same, told sold out",
         [](FinishedEvent& e) { fall_behind(e, 8); },
         "I7",
         "told \"sold out\" although only 8 of 10 coupons exist in a database that has not caught up",
         {}},
        {"the same, and more rows were expected",
         [](FinishedEvent& e) {
             fall_behind(e, 8);
             e.input.expect = 10;
         },
         "expect",
         "8 coupons issued, 10 expected, and the database has not caught up",
         {}},
        {"a database that has no row yet",
         [](FinishedEvent& e) { fall_behind(e, 0); },
         "I7",
         "claim without a row in a database that has not caught up",
         {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
        {"a database whose positions are of a log that was lost",
         [](FinishedEvent& e) {
             fall_behind(e, 8);
             for (auto& [partition, position] : e.ledger().positions)
                 position.next = e.topic().partitions.at(static_cast<std::size_t>(partition)).high + 1;
         },
         "I7",
         "claim without a row in a database that has not caught up",
         {9, 10}},
        {"a database that lacks the rows of records that are gone",
         [](FinishedEvent& e) {
             fall_behind(e, 8);
             for (auto& log : e.topic().partitions)
                 log.low = log.high;
             e.lose_record(UserId(9)), e.lose_record(UserId(10));
         },
         "I7",
         "claim without a row in a database that has not caught up",
         {9, 10}},
        {"the topic is away",
         [](FinishedEvent& e) {
             e.input.topic_log.reset();
             e.input.unreadable.push_back(away("cannot connect to kafka at 127.0.0.1:1"));
         },
         "stores",
         "cannot connect to kafka",
         {}},
        {"the ledger is away",
         [](FinishedEvent& e) {
             e.input.ledger.reset();
             e.input.unreadable.push_back(away("cannot connect to mysql at 127.0.0.1:1"));
         },
         "stores",
         "cannot connect to mysql",
         {}},
        {"no round is known without the ledger",
         [](FinishedEvent& e) {
             e.input.ledger.reset();
             e.input.unreadable.push_back(away("cannot connect to mysql at 127.0.0.1:1"));
         },
         "round",
         "the rounds of the event were not read",
         {}},
        {"nothing is at rest that was not looked at",
         [](FinishedEvent& e) {
             e.input.topic_log.reset();
             e.input.unreadable.push_back(away("cannot connect to kafka at 127.0.0.1:1"));
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
         "no round of event",
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
             e.input.unreadable.push_back(away("cannot connect to kafka at 127.0.0.1:1"));
             e.lose_row(UserId(3));
         },
         "I4",
         "no row yet",
         {3}},
        {"a record without a claim, which a fence may have fenced meanwhile",
         [](FinishedEvent& e) {
             e.input.not_quiescent_because.emplace_back("the event changed while it was read");
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
             e.retell(UserId(3), Answer::closed);
         },
         "I5",
         "told only no in what could be read",
         {3}},
        {"a low slot late, while a new epoch may have begun",
         [](FinishedEvent& e) {
             e.input.not_quiescent_because.emplace_back("the event changed while it was read");
             const auto third = e.told(UserId(3)), fourth = e.told(UserId(4));
             const auto at_the_time_of = [](const HistoryEntry& other) {
                 return [&](HistoryEntry& entry) {
                     entry.invoke_ns = other.invoke_ns;
                     entry.answer_ns = other.answer_ns;
                 };
             };
             e.retell(UserId(3), at_the_time_of(fourth));
             e.retell(UserId(4), at_the_time_of(third));
         },
         "I8",
         "a later request got a lower slot, unless",
         {4}},
        {"a topic that lost a record on whose coupon gate and ledger agree",
         [](FinishedEvent& e) { e.lose_record(UserId(3)); },
         "I6",
         "the topic lost a record",
         {3}},
        {"a topic made again",
         [](FinishedEvent& e) { e.topic().partitions[0].committed = FinishedEvent::first_offset + 9; },
         "topic",
         "partition 0 is committed up to 1009, above its end 1005",
         {}},
        {"an unreadable record the worker has not come to",
         [](FinishedEvent& e) {
             e.append(Undecodable{"header slot is missing", UserId(20)});
             e.topic().partitions[0].committed = FinishedEvent::first_offset;
             e.input.not_quiescent_because.emplace_back("6 records of partition 0 are unread");
         },
         "I9",
         "no failed event yet",
         {20}},
        {"a history of another round",
         [](FinishedEvent& e) {
             e.input.histories.push_back(FinishedEvent::new_history("b.jsonl", 101));
             e.input.histories.back().head.round = Round(3);
         },
         "history",
         "b.jsonl is of round 3 of event coupon",
         {}},
        {"a history of another event",
         [](FinishedEvent& e) {
             e.input.histories.push_back(FinishedEvent::new_history("b.jsonl", 101));
             e.input.histories.back().head.event = "other";
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
             e.input.histories.push_back({"b.txt", {}, {}, {"line 1 is not the head of a history: 'x'"}, {}, {}});
         },
         "history",
         "b.txt: line 1",
         {}},
        {"a history without its closing line",
         [](FinishedEvent& e) { e.history().closing.reset(); },
         "history",
         "history a.jsonl is incomplete: it has no closing line",
         {}},
        {"a killed program's history without an application, among whole ones",
         [](FinishedEvent& e) {
             e.input.histories.push_back(FinishedEvent::new_history("b.jsonl", 101));
             e.input.histories.back().closing.reset();
         },
         "history",
         "history b.jsonl is incomplete",
         {}},
        {"a history that was changed",
         [](FinishedEvent& e) { e.history().changed = "its lines do not have the digest of its closing line"; },
         "history",
         "history a.jsonl was changed after it was written: its lines do not have the digest of its closing line; it was not counted",
         {}},
        {"told only no in partial histories, and a row",
         [](FinishedEvent& e) {
             e.input.histories_are_partial = true;
             e.retell(UserId(3), Answer::closed);
         },
         "I5",
         "told only no in what could be read",
         {3}},
        {"told only no in an incomplete history, and a row",
         [](FinishedEvent& e) {
             e.history().closing.reset();
             e.retell(UserId(3), Answer::closed);
         },
         "I5",
         "told only no in what could be read",
         {3}},
        {"rows short of what is expected while things move",
         [](FinishedEvent& e) {
             e.input.expect = 11;
             e.input.not_quiescent_because.emplace_back("1 claim is pending");
         },
         "expect",
         "more may come",
         {}},
    };
}

TEST_SUITE("audit/reconcile_undecided") {
    TEST_CASE("what cannot be judged is never exact, and says why") {
        expect_named(undecided_cases(), CheckStatus::cannot_tell, Verdict::cannot_tell);
    }

    TEST_CASE("a store that was not read is told with what to do, and judged once it is read") {
        FinishedEvent event;
        const auto gate = event.input.gate;
        event.input.gate.reset();
        event.input.unreadable.push_back({FaultKind::unreachable, "cannot read the gate", ""});
        const auto report = reconcile(event.input);
        const auto stores = std::ranges::find(report.checks, "stores", &Check::id);
        REQUIRE(stores != report.checks.end());
        REQUIRE(stores->findings.size() == 1);
        CHECK(stores->findings.front().hint == "start the server, or correct its address, and audit again");
        event.input.gate = gate;
        event.input.unreadable.clear();
        CHECK(reconcile(event.input).verdict == Verdict::exact);
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
            {"an outbox entry with another slot than its claim, in a gate that is not armed",
             [](FinishedEvent& event) {
                 event.input.gate->outbox.push_back({UserId(9), Slot(8), Instant{}, Epoch(1)});
                 event.input.gate->fields.armed_with.run_id = "another";
             },
             "gate",
             "outbox entry with another slot than the claim",
             {9}},
            {"an outbox entry with another slot than its claim",
             [](FinishedEvent& e) { e.leave_pending(UserId(3), Slot(4)); },
             "gate",
             "outbox entry with another slot than the claim",
             {3}},
            {"a row of nobody with the gate away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot connect to redis"));
                 e.input.gate.reset();
                 e.forget_told(UserId(3));
             },
             "I6",
             "row of a user in none of the histories given",
             {3}},
            {"a refused user with a row while a store is away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot connect to redis"));
                 e.input.gate.reset();
                 e.retell(UserId(3), Answer::sold_out);
             },
             "I5",
             "told only no",
             {3}},
            {"a lost row, by an incomplete history",
             [](FinishedEvent& e) {
                 e.history().closing.reset();
                 e.lose_row(UserId(3));
             },
             "I4",
             "no row",
             {3}},
            {"a lost row, by a history of the same event that was not changed",
             [](FinishedEvent& e) {
                 e.input.histories.push_back(FinishedEvent::new_history("b.jsonl", 101));
                 e.input.histories.back().changed = "it goes on after its closing line";
                 e.lose_row(UserId(3));
             },
             "I4",
             "no row",
             {3}},
            {"a doubled claim with the ledger away",
             [](FinishedEvent& e) {
                 e.input.unreadable.push_back(away("cannot connect to mysql"));
                 e.input.ledger.reset();
                 e.claim_of(UserId(4)).slot = Slot(3);
             },
             "I3",
             "slot with two claims",
             {3, 4}},
        };
        expect_named(table, CheckStatus::violated, Verdict::violated);
    }
}
