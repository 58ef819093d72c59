#include "audit/recovery_plan.hpp"

#include "audit/finished_event.hpp"
#include "audit/recovering.hpp"
#include "audit/report_text.hpp"

#include <doctest/doctest.h>

#include <functional>

TEST_SUITE_BEGIN("audit/recovery_plan");

using namespace coupon;

namespace {

constexpr Milliseconds grace{3000};
const UserId three(3);
const Slot third(3);

/// The record of the user is a failed event, and its row never was.
FailedEvent& fail(FinishedEvent& event, UserId user, const std::string& reason) {
    const auto& record = event.record_of(user);
    auto& failed = event.fail(record.at, reason, user);
    failed.event = event.input.event;
    event.failed.open.push_back({read_record(record.at, record.decoded), failed.mark});
    std::erase_if(event.ledger().coupons, [&](const Coupon& row) { return row.user == user; });
    return failed;
}

/// The claim is pending since the beginning of time.
void leave_pending_for(FinishedEvent& event, UserId user, Slot slot, Milliseconds age) {
    event.leave_pending(user, slot);
    event.gate().now = Instant(Milliseconds(1'000'000));
    event.gate().outbox.back().granted_at = event.gate().now - age;
}

/// Moves the group's position so that nobody has read the record of this user, nor what lies behind it.
void unread(FinishedEvent& event, UserId user) {
    const auto at = event.record_of(user).at;
    event.topic().partitions[static_cast<std::size_t>(at.partition)].committed = at.offset;
    event.input.not_quiescent_because.emplace_back("behind");
}

std::string users_of(const std::vector<Grant>& grants) {
    std::string text;
    for (const auto& grant : grants)
        text += (text.empty() ? "" : " ") + grant.user.text() + ":" + grant.slot.text();
    return text;
}

/// "lost 3:3; skipped 1000; failed 1001".
std::string work_of(const RecoveryPlan& plan) {
    std::string text;
    const auto add = [&](const std::string& name, const std::string& what) {
        if (!what.empty()) text += (text.empty() ? "" : "; ") + name + " " + what;
    };
    add("pending", users_of(plan.pending));
    add("lost", users_of(plan.lost));
    std::string places;
    for (const auto& at : plan.skipped)
        places += (places.empty() ? "" : " ") + std::to_string(at.partition) + "@" + std::to_string(at.offset);
    add("skipped", places);
    places.clear();
    for (const auto& record : plan.issuable)
        places += (places.empty() ? "" : " ") + std::to_string(record.at.partition) + "@" + std::to_string(record.at.offset);
    add("failed", places);
    return text;
}

std::string names_of(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += (text.empty() ? "" : "; ") + finding.name;
        for (const auto& trail : finding.trails)
            text += " " + trail.user.text();
    }
    return text;
}

struct Row {
    std::string what;
    std::function<void(FinishedEvent&)> spoil;
    std::string work;
    std::string person;         ///< a piece of what a person is told, or empty: nothing
    std::string work_at_last{}; ///< of the plan made after this one was carried out and a worker read on
    Verdict verdict_at_last = Verdict::exact;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        FinishedEvent event;
        row.spoil(event);
        const auto plan = plan_recovery(event.input, event.failed, grace);
        CHECK(work_of(plan) == row.work);
        CHECK(plan.has_work() == !row.work.empty());
        const auto told = names_of(plan.for_a_person);
        CAPTURE(told);
        CHECK(told.empty() == row.person.empty());
        CHECK(told.find(row.person) != std::string::npos);
        for (const auto& finding : plan.for_a_person)
            CHECK_MESSAGE(!finding.hint.empty(), finding.name);
        Recovering stores(event.input, event.failed);
        stores.carry_out(plan);
        stores.work();
        CHECK(work_of(plan_recovery(event.input, event.failed, grace)) == row.work_at_last);
        if (!told.empty()) continue;
        const auto report = reconcile(event.input);
        INFO(everything_said(report));
        CHECK(report.verdict == row.verdict_at_last);
    }
}

} // namespace

TEST_CASE("what was lost on the way is brought on, and nothing else is touched") {
    const auto newer_now = [](FinishedEvent& event) { event.gate().now = Instant(Milliseconds(1'000'000)); };
    check({
        {"nothing is wrong", [](auto&) {}, "", ""},
        {"claim and row, the record was never read", [](auto& event) { unread(event, UserId(10)); }, "", "no worker has read yet"},
        {"the record was skipped", [](auto& event) { event.lose_row(three); }, "skipped 0@1001", ""},
        {"two records of the same claim were skipped",
         [](auto& event) {
             event.lose_row(three);
             event.publish(three, third, Epoch(1));
         },
         "skipped 0@1001 0@1005", ""},
        {"one record was skipped, another waits",
         [](auto& event) {
             event.lose_row(three);
             const auto at = event.publish(three, third, Epoch(1));
             event.topic().partitions[0].committed = at.offset;
         },
         "skipped 0@1001", "no worker has read yet"},
        {"row and record are lost",
         [](auto& event) {
             event.lose_row(three);
             event.lose_record(three);
         },
         "lost 3:3", ""},
        {"row lost, the record waits for a worker",
         [](auto& event) {
             event.lose_row(UserId(9));
             unread(event, UserId(9));
         },
         "", "no worker has read yet"},
        {"pending for too long, the record on the topic, the row there", [](auto& event) { leave_pending_for(event, three, third, grace); },
         "pending 3:3", ""},
        {"pending for too long, nothing arrived",
         [](auto& event) {
             leave_pending_for(event, three, third, grace);
             event.lose_row(three);
             event.lose_record(three);
         },
         "pending 3:3", ""},
        {"the record is behind a fence, and its claim stands",
         [&](auto& event) {
             newer_now(event);
             event.lose_row(UserId(10));
             event.lose_record(UserId(10));
             event.enter_epoch(2);
             event.publish(UserId(10), Slot(10), Epoch(1));
         },
         "lost 10:10", ""},
        {"an unreadable record was skipped",
         [](auto& event) {
             event.append(Undecodable{"the value is null", std::nullopt});
         },
         "skipped 0@1005", ""},
        {"a record of a slot outside the limit was skipped", [](auto& event) { event.publish(UserId(77), Slot(99), Epoch(1)); },
         "skipped 0@1005", ""},
        {"a record of an earlier round was skipped", [](auto& event) { event.publish(UserId(77), Slot(7), Epoch(1), Round(3)); },
         "skipped 0@1005", ""},
        {"a skipped record that contradicts the rows becomes a failed event",
         [](auto& event) { event.publish(UserId(77), third, Epoch(1)); }, "skipped 0@1005", "slot of two users on the topic"},
    });
}

TEST_CASE("a failed event is issued once its reason is gone and the gate holds the claim") {
    check({
        {"the round was unknown then", [](auto& event) { fail(event, three, "round 4 of event coupon is unknown"); }, "failed 0@1001", ""},
        {"it was resolved, and the row is lost",
         [](auto& event) {
             fail(event, three, "round 4 is unknown").resolved = true;
             event.failed.open.clear();
         },
         "skipped 0@1001", ""},
        {"it was dismissed: it is neither issued nor republished",
         [](auto& event) {
             fail(event, three, "round 4 is unknown").dismissed_why = "the user was told";
             event.failed = {{}, {{three, third}}};
         },
         "", "", "", Verdict::violated},
        {"another record of it was issued",
         [](auto& event) {
             fail(event, three, "round 4 of event coupon is unknown");
             event.issue(three, third);
         },
         "failed 0@1001", ""},
        {"somebody else has the slot",
         [](auto& event) {
             fail(event, three, "slot 3 belongs to user 999");
             event.issue(UserId(999), third);
         },
         "", "failed event of a granted user that can never be issued as it is 3"},
        {"its record is fenced by now, the claim stands",
         [](auto& event) {
             event.lose_row(UserId(10));
             event.lose_record(UserId(10));
             event.enter_epoch(2);
             event.publish(UserId(10), Slot(10), Epoch(1));
             fail(event, UserId(10), "round 4 of event coupon is unknown");
         },
         "lost 10:10", ""},
        {"nobody was granted it",
         [](auto& event) {
             event.publish(UserId(77), Slot(10), Epoch(1));
             event.forget(UserId(10));
             fail(event, UserId(77), "round 4 is unknown");
         },
         "", "failed event of a slot that the gate did not give to this user 77"},
        {"it names no coupon",
         [](auto& event) {
             event.fail(event.append(Undecodable{"the value is null", std::nullopt}), "the value is null");
         },
         "", ""},
        {"the gate is not armed",
         [](auto& event) {
             fail(event, three, "round 4 of event coupon is unknown");
             event.gate().fields.armed_with = {};
         },
         "", "failed event that could be issued once the gate is armed 3"},
        {"of an earlier round",
         [](auto& event) {
             const IssueRecord late{"coupon", {Round(3), Epoch(1), Slot(7), UserId(77), Instant{}}};
             auto& failed = event.fail(event.append(late), "round 3 of event coupon is unknown", UserId(77));
             failed.round = Round(3);
             event.failed.open.push_back({read_record(failed.at, late), failed.mark});
         },
         "failed 0@1005", ""},
    });
}

TEST_CASE("contradictions are left to a person, and what is beside them is still brought on") {
    const auto forget_gate = [](FinishedEvent& event) {
        event.gate().fields.armed_with = {};
        event.input.not_quiescent_because.emplace_back("the gate is not armed");
    };
    check({
        {"a row without a claim", [](auto& event) { event.issue(UserId(77), Slot(11)); }, "", "row without a claim 77"},
        {"the row has another slot than the claim",
         [](auto& event) {
             event.row_of(three).slot = Slot(9);
             event.lose_row(UserId(9));
         },
         "skipped 0@1001 0@1004", "row whose claim has another slot 3"},
        {"the slot of a claim has the row of somebody else, and another record was skipped",
         [](auto& event) {
             event.row_of(three).user = UserId(999);
             event.lose_row(UserId(5));
             event.lose_record(UserId(5));
         },
         "lost 5:5; skipped 0@1001", "claim whose slot has the row of somebody else 3"},
        {"a pending claim whose slot has the row of somebody else",
         [](auto& event) {
             leave_pending_for(event, three, third, grace);
             event.row_of(three).user = UserId(999);
             event.lose_record(three);
         },
         "", "claim whose slot has the row of somebody else 3"},
        {"two claims of one slot",
         [](auto& event) {
             event.claim_of(three).slot = Slot(5);
             event.lose_row(three);
             event.lose_record(three);
         },
         "", "slot with two claims 3 5"},
        {"a skipped record of a slot the armed gate gave to nobody",
         [](auto& event) {
             event.forget_claim(UserId(10));
             event.lose_row(UserId(10));
         },
         "", "skipped record of a slot that the gate did not give to this user 10"},
        {"the gate is not armed: the record proves the claim it forgot",
         [&](auto& event) {
             event.forget_claim(UserId(10));
             event.lose_row(UserId(10));
             forget_gate(event);
         },
         "skipped 1@1004", "the gate is not armed"},
        {"the gate is gone: the record proves the claim",
         [](auto& event) {
             event.lose_row(UserId(10));
             event.input.gate.reset();
         },
         "skipped 1@1004", "there is no gate"},
        {"the gate is not armed, and two records want one slot",
         [&](auto& event) {
             event.lose_row(UserId(10));
             event.forget_claim(UserId(10));
             event.publish(UserId(77), Slot(10), Epoch(1));
             forget_gate(event);
         },
         "", "skipped record of a slot that the gate did not give to this user 10 77"},
        {"the gate is not armed, and still knows better",
         [&](auto& event) {
             event.lose_row(UserId(10));
             event.claim_of(UserId(10)).user = UserId(77);
             forget_gate(event);
         },
         "", "skipped record of a slot that the gate did not give to this user 10"},
        {"the gate is of another round", [](auto& event) { event.gate().fields.round = Round(5); }, "", "the gate holds round 5"},
        {"the gate was given up", [](auto& event) { event.gate().fields.door = GateDoor::given_up; }, "", "the gate was given up"},
        {"nothing is published while the gate is not armed",
         [&](auto& event) {
             leave_pending_for(event, three, third, grace);
             event.lose_row(UserId(5));
             event.lose_record(UserId(5));
             forget_gate(event);
         },
         "", "the gate is not armed"},
        {"the round is abandoned",
         [](auto& event) {
             event.lose_row(three);
             event.ledger().rounds.back().state = RoundState::abandoned;
         },
         "", "abandoned by force"},
        {"the round is opening",
         [](auto& event) {
             event.lose_row(three);
             event.ledger().rounds.back().state = RoundState::opening;
         },
         "", "a reset ended before it had finished"},
        {"the gate's counters disagree",
         [](auto& event) {
             event.lose_row(three);
             ++event.gate().fields.granted;
         },
         "skipped 0@1001", "granted"},
    });
}

TEST_CASE("a claim that is pending within its grace is on its way") {
    FinishedEvent event;
    leave_pending_for(event, three, third, grace - Milliseconds(1));
    event.lose_row(three);
    event.lose_record(three);
    CHECK(plan_recovery(event.input, event.failed, grace).is_empty());
}

TEST_CASE("what is republished carries the gate's epoch, and a pending claim its own record") {
    FinishedEvent event;
    leave_pending_for(event, three, third, grace);
    event.gate().outbox.back().epoch = Epoch(2);
    event.enter_epoch(2);
    event.lose_row(UserId(5));
    event.lose_record(UserId(5));
    const auto plan = plan_recovery(event.input, event.failed, grace);
    const auto now = event.gate().now;
    CHECK(plan.pending == std::vector<Grant>{{Round(4), Epoch(2), third, three, now - grace}});
    CHECK(plan.lost == std::vector<Grant>{{Round(4), Epoch(2), Slot(5), UserId(5), now}});
    CHECK(plan.epoch == Epoch(2));
}

TEST_CASE("of many users the first are named, and all are counted") {
    FinishedEvent event(100, 100);
    for (std::int64_t user = 1; user <= 100; ++user)
        event.lose_row(UserId(user));
    const auto plan = plan_recovery(event.input, event.failed, grace);
    CHECK(plan.skipped.size() == 100);
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps.front().trails.size() == 20);
    CHECK(plan.steps.front().users_total == 100);
}

TEST_SUITE_END();
