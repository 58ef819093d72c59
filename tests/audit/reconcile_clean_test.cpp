#include "audit/planted.hpp"

using namespace coupon;

TEST_SUITE("audit/reconcile_clean") {
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
                 e.ledger().other_coupons[Round(3)].push_back({Slot(1), UserId(20)});
             }},
            {"an earlier round's record of the same user and slot",
             [](FinishedEvent& e) {
                 e.publish(UserId(3), Slot(3), Epoch(1), Round(3));
                 e.ledger().other_coupons[Round(3)].push_back({Slot(3), UserId(3)});
             }},
            {"a purged earlier round",
             [](FinishedEvent& e) {
                 e.ledger().rounds.front().state = RoundState::purged;
                 e.publish(UserId(20), Slot(1), Epoch(1), Round(3));
             }},
            {"a topic purged of this round's records too",
             [](FinishedEvent& e) {
                 e.topic().records = {};
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
            {"garbage that was dismissed",
             [](FinishedEvent& e) {
                 e.fail(e.append(Undecodable{"the value is null", std::nullopt}), "the value is null").dismissed_why = "a test";
             }},
            {"a newer format and another event that became failed events",
             [](FinishedEvent& e) {
                 e.fail(e.append(Undecodable{"format version 2", {}, FailedKind::newer_format}), "format version 2");
                 e.fail(e.append(IssueRecord{"spring", {Round(4), Epoch(1), Slot(3), UserId(20), Instant{}}}), "of event spring",
                        UserId(20))
                     .event = "spring";
             }},
            {"a failed event that a retry issued",
             [](FinishedEvent& e) { e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3)).resolved = true; }},
            {"a failed event of another topic and of another round",
             [](FinishedEvent& e) {
                 e.fail({0, FinishedEvent::first_offset}, "slot 0", UserId(1)).topic = "elsewhere";
                 e.fail({0, 5}, "slot 0", UserId(1)).round = Round(3);
             }},
            {"a winner whose answer was lost",
             [](FinishedEvent& e) {
                 e.retell(UserId(3), [](HistoryEntry& entry) { entry = {3, UserId(3), 300, {}, Answer::unknown, {}, {}}; });
             }},
            {"a winner told sold_out by one application and nothing by another",
             [](FinishedEvent& e) {
                 e.retell(UserId(3), Answer::unknown);
                 e.tell(UserId(3), Answer::sold_out);
             }},
            {"a winner told pending",
             [](FinishedEvent& e) { e.retell(UserId(3), [](HistoryEntry& entry) { entry.answer = Answer::pending; }); }},
            {"a winner asked again and told duplicate", [](FinishedEvent& e) { e.tell(UserId(3), Answer::duplicate, Slot(3)); }},
            {"a loser told pending without a slot", [](FinishedEvent& e) { e.retell(UserId(20), Answer::pending); }},
            {"a loser who never heard",
             [](FinishedEvent& e) {
                 e.retell(UserId(20), [](HistoryEntry& entry) {
                     entry.answer = Answer::unknown;
                     entry.answer_ns.reset();
                 });
             }},
            {"a duplicate told a low slot late", [](FinishedEvent& e) { e.tell(UserId(1), Answer::duplicate, Slot(1)); }},
            {"requests that overlap in time",
             [](FinishedEvent& e) {
                 keep_entries(e.history().entries, [](HistoryEntry& entry) {
                     entry.invoke_ns = 1;
                     return true;
                 });
             }},
            {"histories of another boot, whose times say nothing",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-2", 100, "coupon", Round(4), 1}, {}, {}, HistoryClosing{}, {}});
                 auto& other = e.input.histories.back().entries;
                 keep_entries(e.history().entries, [&](HistoryEntry entry) {
                     if (entry.user.value() % 2 != 0) return true;
                     entry.answer_ns = 1'000'000 - entry.invoke_ns + 1;
                     // In this boot's clock all asked at once.
                     entry.invoke_ns = 1;
                     other.push_back(entry);
                     return false;
                 });
             }},
            {"a purge beyond what a worker had committed",
             [](FinishedEvent& e) {
                 e.topic().partitions.push_back({2, 500, 500, 300});
                 e.ledger().purged_to[2] = 500;
             }},
            {"somebody of another boot told sold_out at an early time of that boot",
             [](FinishedEvent& e) {
                 e.input.histories.push_back({"b.jsonl", {"boot-2", 100, "coupon", Round(4), 1}, {}, {}, HistoryClosing{}, {}});
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
}
