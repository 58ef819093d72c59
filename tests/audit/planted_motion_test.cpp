#include "audit/planted.hpp"

using namespace coupon;

namespace {

/// Planted into an event that moves: whatever was stable while it was read is judged as at rest.
std::function<void(FinishedEvent&)> moving(const std::function<void(FinishedEvent&)>& spoil) {
    return [spoil](FinishedEvent& event) {
        event.keep_moving();
        spoil(event);
    };
}

void exchange_times(FinishedEvent& event, UserId one, UserId other) {
    const auto first = event.told(one), second = event.told(other);
    const auto at_the_time_of = [](const HistoryEntry& from) {
        return [&from](HistoryEntry& entry) {
            entry.invoke_ns = from.invoke_ns;
            entry.answer_ns = from.answer_ns;
        };
    };
    event.retell(one, at_the_time_of(second));
    event.retell(other, at_the_time_of(first));
}

} // namespace

std::vector<Planted> coupon::defects_in_motion() { // NOLINT(readability-function-size): a table
    return {
        {"moving: a doubled slot",
         moving([](FinishedEvent& e) { e.row_of(UserId(4)).slot = Slot(3); }),
         "I3",
         "slot with two rows",
         {3, 4}},
        {"moving: more rows than the limit",
         moving([](FinishedEvent& e) { e.issue(UserId(20), Slot(11)); }),
         "I1",
         "there are 11 rows",
         {}},
        {"moving: a row deleted, whose record had been read before",
         moving([](FinishedEvent& e) { e.lose_row(UserId(3)); }),
         "I9",
         "record that was neither issued nor kept as a failed event",
         {3}},
        {"moving: an unreadable record that was read before and is no failed event",
         moving([](FinishedEvent& e) {
             e.append(Undecodable{"header slot is missing", UserId(20)});
             ++*e.input.motion->before.partitions[0].committed;
         }),
         "I9",
         "record that cannot be issued and is no failed event",
         {20}},
        {"moving: a record of nobody that was read before and is no failed event",
         moving([](FinishedEvent& e) {
             e.append(Undecodable{"the value is null", std::nullopt});
             ++*e.input.motion->before.partitions[0].committed;
         }),
         "I9",
         "record that names no user and is no failed event: record 0@1005",
         {}},
        {"moving: a row without a claim", moving([](FinishedEvent& e) { e.forget_claim(UserId(3)); }), "I6", "row without a claim", {3}},
        {"moving: told granted long before, and nothing is left of it",
         moving([](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.lose_record(UserId(3));
             e.forget_claim(UserId(3));
         }),
         "I4",
         "told granted before the stores were read, but there is neither row nor claim",
         {3}},
        {"moving: sold_out told while the gate has a slot left",
         moving([](FinishedEvent& e) {
             e.forget(UserId(10));
             e.input.motion->before.after.granted = e.input.motion->after.after.granted = 9;
         }),
         "I7",
         "told \"sold out\" although only 9 of 10 coupons exist, and 9 slots were taken",
         {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}},
        {"moving: a later request got a lower slot",
         moving([](FinishedEvent& e) { exchange_times(e, UserId(3), UserId(4)); }),
         "I8",
         "a later request got a lower slot",
         {4}},
        {"moving: a record's slot that the gate does not know",
         moving([](FinishedEvent& e) {
             e.lose_row(UserId(10));
             e.forget_claim(UserId(10));
             e.forget_told(UserId(10));
         }),
         "gate memory",
         "slot of the topic unknown to the gate",
         {10}},
        {"moving: a claim that was there before is gone with its counters",
         moving([](FinishedEvent& e) { e.forget(UserId(10)); }),
         "gate",
         "the gate had 10 claims before it was read, but 9 could be read",
         {}},
        {"moving: records deleted before the worker read them",
         moving([](FinishedEvent& e) {
             e.topic().partitions[1].low = 1003;
             e.input.motion->after.partitions[1].committed = 1001;
         }),
         "topic",
         "partition 1 begins at 1003, above the committed offset 1001",
         {}},
    };
}

std::vector<Planted> coupon::doubts_in_motion() { // NOLINT(readability-function-size): a table
    const auto other_epoch = [](FinishedEvent& e) { e.input.motion->after.after.epoch = Epoch(2); };
    return {
        {"moving: something stands still",
         moving([](FinishedEvent& e) { e.input.motion->faults.emplace_back("no pending claim was published for 12 s"); }),
         "quiescent",
         "no pending claim was published for 12 s",
         {}},
        {"moving: nothing goes forward",
         moving([](FinishedEvent& e) { e.input.motion->goes_forward = false; }),
         "quiescent",
         "nothing went forward while the event was watched",
         {}},
        {"moving: one claim has been pending for long",
         moving([](FinishedEvent& e) {
             e.leave_pending(UserId(10), Slot(10));
             e.gate().now = Instant(Milliseconds(10'000));
         }),
         "quiescent",
         "a claim has been pending for 10 s",
         {}},
        {"moving: another epoch began", moving(other_epoch), "quiescent", "were not in one epoch", {}},
        {"moving: the ledger is an epoch ahead of the gate",
         moving([](FinishedEvent& e) { e.ledger().rounds.back().epoch = Epoch(2); }),
         "quiescent",
         "were not in one epoch",
         {}},
        {"moving: a later request got a lower slot, and another epoch began",
         moving([other_epoch](FinishedEvent& e) {
             exchange_times(e, UserId(3), UserId(4));
             other_epoch(e);
         }),
         "I8",
         "a later request got a lower slot, unless",
         {4}},
        {"moving: a confirmed claim of which nothing is on the topic",
         moving([](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.lose_record(UserId(3));
         }),
         "I7",
         "claim without a row or a record that may bring one, of which 0 can be on their way",
         {3}},
        {"moving: more such claims than can be on their way",
         moving([](FinishedEvent& e) {
             for (const std::int64_t user : {3, 4}) {
                 e.lose_row(UserId(user));
                 e.lose_record(UserId(user));
             }
             --e.input.motion->before.after.granted;
         }),
         "I7",
         "claim without a row or a record that may bring one, of which 1 can be on their way",
         {3, 4}},
        {"moving: more users told granted than the gate can have granted since",
         [](FinishedEvent& e) {
             e = FinishedEvent(100, 37);
             e.keep_moving();
             e.tell(UserId(50), Answer::granted, Slot(38));
         },
         "quiescent",
         "1 user told granted have no claim, and only 0 can have been granted",
         {}},
        {"moving: a granted user's record failed",
         moving([](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3));
         }),
         "I4",
         "the record failed so far",
         {3}},
        {"moving: a history that was changed",
         moving([](FinishedEvent& e) { e.history().changed = "it goes on after its closing line"; }),
         "history",
         "was changed after it was written",
         {}},
        {"moving: told only no in a history still being written, and a row",
         moving([](FinishedEvent& e) {
             e.history().closing.reset();
             e.retell(UserId(3), Answer::closed);
         }),
         "I5",
         "told only no in what could be read",
         {3}},
    };
}

TEST_SUITE("audit/planted_motion") {
    TEST_CASE("a violation in what was stable is violated, whatever moves beside it") {
        expect_named(defects_in_motion(), CheckStatus::violated, Verdict::violated);
    }

    TEST_CASE("what an event in good health does not settle by itself is never in progress") {
        expect_named(doubts_in_motion(), CheckStatus::cannot_tell, Verdict::cannot_tell);
    }
}
