#include "audit/planted.hpp"

using namespace coupon;

std::vector<Planted> coupon::defects_of_rows() { // NOLINT(readability-function-size): a table
    constexpr std::int64_t stranger = 777;
    return {
        // The six every release is tried with.
        {"a row deleted", [](FinishedEvent& e) { e.lose_row(UserId(3)); }, "I7", "claim without a row", {3}},
        {"a row deleted, told granted", [](FinishedEvent& e) { e.lose_row(UserId(3)); }, "I4", "no row", {3}},
        {"a row for a user who never applied",
         [](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.issue(UserId(stranger), Slot(3));
         },
         "I6",
         "row of a user in none of the histories given",
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
             e.retell(UserId(20), [](HistoryEntry& entry) {
                 entry.answer = Answer::granted;
                 entry.slot = Slot(3);
             });
         },
         "I4",
         "the slot went to somebody else",
         {20}},
        {"told only sold_out with a row",
         [](FinishedEvent& e) { e.retell(UserId(3), Answer::sold_out); },
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
        {"a slot with two claims", [](FinishedEvent& e) { e.claim_of(UserId(4)).slot = Slot(3); }, "I3", "slot with two claims", {3, 4}},
        {"a claim of slot 0", [](FinishedEvent& e) { e.claim_of(UserId(4)).slot = Slot(0); }, "I3", "claim of an impossible slot", {4}},
        {"a slot of two users on the topic",
         [](FinishedEvent& e) { e.publish(UserId(20), Slot(3), Epoch(1)); },
         "I3",
         "slot of two users on the topic",
         {3, 20}},
        // I4
        {"told another slot than the row",
         [](FinishedEvent& e) { e.retell(UserId(3), [](HistoryEntry& entry) { entry.slot = Slot(99); }); },
         "I4",
         "the row has another slot",
         {3}},
        {"told granted by a gate that had gone back",
         [](FinishedEvent& e) {
             e.tell(UserId(20), Answer::granted, Slot(3));
             e.ledger().void_claims.push_back({Epoch(2), Slot(3), UserId(20), VoidReason::slot_taken});
         },
         "I4",
         "the claim became void",
         {20}},
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
        {"a dismissed failed event of a granted user is still a broken promise",
         [](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3)).dismissed_why = "a test record";
         },
         "I4",
         "the record failed",
         {3}},
        {"a dismissed failed event still leaves the claim without a row",
         [](FinishedEvent& e) {
             e.lose_row(UserId(3));
             e.fail(e.record_of(UserId(3)).at, "the ledger refused it", UserId(3)).dismissed_why = "a test record";
         },
         "I7",
         "claim whose record failed",
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
             e.retell(UserId(3), Answer::error);
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
        {"a row and a claim of another slot than the record's",
         [](FinishedEvent& e) {
             auto other = std::get<IssueRecord>(e.record_of(UserId(3)).decoded);
             e.lose_record(UserId(3));
             other.grant.slot = Slot(9);
             e.append(other);
         },
         "I6",
         "row without a record",
         {3}},
        {"a claim of a user who never applied",
         [](FinishedEvent& e) {
             e.forget(UserId(10));
             e.claim(UserId(stranger), Slot(10));
         },
         "I6",
         "claim of a user in none of the histories given",
         {stranger}},
        {"a winner whom no history knows", [](FinishedEvent& e) { e.forget_told(UserId(3)); }, "I6", "in none of the histories given", {3}},
        // I7
        {"sold_out told, but a coupon is left",
         [](FinishedEvent& e) { e.forget(UserId(10)); },
         "I7",
         "told \"sold out\" although only 9 of 10 coupons exist",
         {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}},
    };
}

TEST_SUITE("audit/planted_rows") {
    TEST_CASE("every planted defect of users and rows is named, with its users") {
        expect_named(defects_of_rows(), CheckStatus::violated, Verdict::violated);
    }
}
