#include "audit/planted.hpp"

using namespace coupon;

std::vector<Planted> coupon::defects_of_records() { // NOLINT(readability-function-size): a table
    return {
        // I8
        {"who came later got the lower slot",
         [](FinishedEvent& e) {
             for (const std::int64_t user : {3, 4}) {
                 const Slot slot(7 - user);
                 e.row_of(UserId(user)).slot = slot;
                 e.claim_of(UserId(user)).slot = slot;
                 e.move_record(UserId(user), slot);
                 e.retell(UserId(user), [&](HistoryEntry& entry) { entry.slot = slot; });
             }
         },
         "I8",
         "a later request got a lower slot",
         {3}},
        {"a lower slot for a later request, while somebody who asked before both still waited",
         [](FinishedEvent& e) {
             for (const std::int64_t user : {3, 4}) {
                 const Slot slot(7 - user);
                 e.row_of(UserId(user)).slot = slot;
                 e.claim_of(UserId(user)).slot = slot;
                 e.move_record(UserId(user), slot);
                 e.retell(UserId(user), [&](HistoryEntry& entry) { entry.slot = slot; });
             }
             const auto end = *e.told(UserId(10)).answer_ns;
             e.retell(UserId(1), [&](HistoryEntry& entry) { entry.answer_ns = end; });
         },
         "I8",
         "a later request got a lower slot",
         {3}},
        {"granted after somebody was told sold_out",
         [](FinishedEvent& e) {
             const auto tell_at = [&](std::int64_t user, std::int64_t invoke_ns, std::int64_t answer_ns) {
                 e.retell(UserId(user), [&](HistoryEntry& entry) {
                     entry.invoke_ns = invoke_ns;
                     entry.answer_ns = answer_ns;
                 });
             };
             tell_at(20, 1, 2);
             tell_at(10, 3'001, 3'002);
             for (std::int64_t user = 1; user < 10; ++user)
                 tell_at(user, 1, *e.told(UserId(user)).answer_ns);
         },
         "I8",
         "told sold out, and a later request was granted",
         {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29}},
        // I9
        {"a record with neither row nor failed event",
         [](FinishedEvent& e) { e.lose_row(UserId(3)); },
         "I9",
         "neither issued nor kept as a failed event",
         {3}},
        {"the only record of a winner names another slot",
         [](FinishedEvent& e) { e.move_record(UserId(3), Slot(4)); },
         "I3",
         "slot of two users on the topic",
         {3, 4}},
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
             e.ledger().abandoned.push_back({UserId(3), Slot(3)});
         },
         "I9",
         "row of a claim that was given up",
         {3}},
        // I10
        {"a record of an earlier round issued into this one",
         [](FinishedEvent& e) {
             e.forget(UserId(10));
             e.publish(UserId(20), Slot(10), Epoch(1), Round(3));
             e.ledger().other_coupons[Round(3)].push_back({Slot(10), UserId(20)});
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
        {"fewer coupons than expected", [](FinishedEvent& e) { e.input.expect = 11; }, "expect", "10 coupons issued, 11 expected", {}},
        {"more coupons than expected", [](FinishedEvent& e) { e.input.expect = 9; }, "expect", "10 coupons issued, 9 expected", {}},
    };
}

TEST_SUITE("audit/planted_records") {
    TEST_CASE("every planted defect of order, records and readings is named, with its users") {
        expect_named(defects_of_records(), CheckStatus::violated, Verdict::violated);
    }
}
