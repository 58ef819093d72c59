#include "flow/reset/ledger_purge.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("flow/reset_plan");

namespace {

/// The effects among the steps, without the steps that only look.
std::vector<std::string> effects_of(const std::vector<ResetStep>& steps, const std::string& status) {
    std::vector<std::string> effects;
    for (const auto& step : steps) {
        const bool is_look = step.name == "read" || step.name == "read topic" || step.name == "verify";
        if (!is_look && (step.status == status || step.status == "skipped")) effects.push_back(step.name + ": " + step.detail);
    }
    return effects;
}

const ResetStep& step_named(const ResetReport& report, const std::string& name) {
    const auto step = std::find_if(report.steps.begin(), report.steps.end(), [&](const ResetStep& one) { return one.name == name; });
    REQUIRE(step != report.steps.end());
    return *step;
}

ResetSettings full_wishes(const FakeEvent& event) {
    auto wishes = FakeEvent::wishes(3000);
    wishes.servers = {"redis://here:6379/0", "kafka at there:9092", "mysql://yonder:3306/coupon"};
    wishes.window = {event.gate.now + std::chrono::minutes(29), event.gate.now + std::chrono::minutes(89)};
    return wishes;
}

} // namespace

TEST_CASE("a reset does what its plan says, in the same words and order") {
    struct Row {
        const char* what;
        std::function<void(FakeEvent&, ResetSettings&)> prepare;
    };
    const auto with_rounds = [](FakeEvent& event, int rounds) {
        for (int i = 0; i < rounds; ++i) {
            REQUIRE(event.reset());
            event.grant_to(7);
            event.grant_to(8);
            event.work();
        }
    };
    for (const auto& row : {
             Row{"the first round of all",
                 [](FakeEvent&event, ResetSettings&) {
                     event.ledger.tables().exist = false;
                     event.broker.partitions.clear();
                 }},
             Row{"the first round on a topic of 4 partitions", [](FakeEvent&, ResetSettings&wishes) { wishes.partitions = 2; }},
             Row{"the second round", [&](FakeEvent&event, ResetSettings&) { with_rounds(event, 1); }},
             Row{"older coupons are deleted",
                 [&](FakeEvent&event, ResetSettings&wishes) {
                     with_rounds(event, 3);
                     wishes.purge = LedgerPurge{2};
                 }},
             Row{"nothing to delete",
                 [&](FakeEvent&event, ResetSettings&wishes) {
                     with_rounds(event, 1);
                     wishes.purge = LedgerPurge{9};
                 }},
             Row{"the gate is lost",
                 [&](FakeEvent&event, ResetSettings&) {
                     with_rounds(event, 1);
                     REQUIRE(event.close());
                     event.gate.memory.reset();
                     event.gate.restart();
                 }},
         }) {
        CAPTURE(row.what);
        FakeEvent event;
        auto wishes = full_wishes(event);
        row.prepare(event, wishes);
        ResetReport planned;
        REQUIRE(plan_reset(wishes, event.ports(), planned));
        REQUIRE(event.reset(wishes));
        auto plan = effects_of(planned.steps, "planned");
        auto done = effects_of(event.report.steps, "done");
        // How long the wait may be is a part of the plan alone; that there is no gate to close is seen only then.
        for (auto& effect : plan)
            effect = effect.substr(0, effect.find(" within 2 s"));
        std::erase(done, "close gate: there is no gate");
        CHECK(plan == done);
    }
}

TEST_CASE("the plan names every effect with its numbers and servers") {
    FakeEvent event;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(event.reset());
        event.grant_to(7);
        event.grant_to(8);
        event.work();
    }
    auto wishes = full_wishes(event);
    wishes.partitions = 2;
    wishes.purge = LedgerPurge{1};
    wishes.utc_offset = UtcOffset(540);
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    ResetReport report;
    REQUIRE(plan_reset(wishes, event.ports(), report));
    const auto opens = clock_text(*wishes.window.opens_at, wishes.utc_offset, event.gate.now);
    const auto closes = clock_text(*wishes.window.closes_at, wishes.utc_offset, event.gate.now);
    CHECK(effects_of(report.steps, "planned") ==
          std::vector<std::string>{
              "create topic: coupon_create exists with 4 partitions; --partitions 2 is not applied",
              "close round: round 3, in mysql://yonder:3306/coupon",
              "close gate: 2 of 100 granted in round 3, at redis://here:6379/0",
              "settle: every claim of round 3 has its coupon within 2 s",
              "insert round: round 4, 3,000 coupons, opens " + opens + " (in 29 min), closes " + closes + " (in 89 min)",
              "purge topic: 2 records of coupon_create, at kafka at there:9092",
              "create gate: at redis://here:6379/0",
              "open gate: at redis://here:6379/0",
              "purge ledger: 6 coupons of 3 older rounds; the newest round is kept, in mysql://yonder:3306/coupon",
          });
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
    CHECK(event.rows_of(1) == 2);
}

TEST_CASE("a plan that finishes an interrupted reset says whether one more round follows") {
    for (const std::int64_t limit : {3, 100}) {
        FakeEvent event;
        REQUIRE(event.reset());
        RoundRow begun = event.last_round();
        REQUIRE(event.ledger.close_round(Round(1), "dead", event.soon()));
        begun.round = Round(2);
        begun.limit = Limit(3);
        begun.state = RoundState::opening;
        begun.owner = "dead";
        REQUIRE(event.ledger.insert_round({begun, Round(1), {}, {}}, event.soon()));
        ResetReport report;
        REQUIRE(plan_reset(FakeEvent::wishes(limit), event.ports(), report));
        CHECK(step_named(report, "close round").detail.find("taken over from an interrupted reset") != std::string::npos);
        const auto inserts =
            std::count_if(report.steps.begin(), report.steps.end(), [](const ResetStep& step) { return step.name == "insert round"; });
        CHECK(inserts == (limit == 3 ? 0 : 1));
    }
}

TEST_CASE("coupons of all rounds but the newest are deleted without opening one, and a round that is open keeps its own") {
    FakeEvent event;
    for (int i = 0; i < 4; ++i) {
        REQUIRE(event.reset());
        event.grant_to(7);
        event.work();
    }
    auto wishes = FakeEvent::wishes();
    wishes.purge = LedgerPurge{2};
    ResetReport planned;
    REQUIRE(plan_purge_ledger(wishes, event.ledger, event.world, planned));
    CHECK(event.rows_of(1) == 1);
    CHECK(planned.steps.front().detail.find("2 coupons of 2 older rounds; the newest 2 rounds are kept") == 0);
    ResetReport report;
    REQUIRE(purge_ledger(wishes, event.ledger, event.world, report));
    CHECK(report.steps.front().status == "done");
    CHECK(report.steps.front().detail == planned.steps.front().detail);
    for (std::int64_t round = 1; round <= 4; ++round)
        CHECK(event.rows_of(round) == (round <= 2 ? 0 : 1));
    CHECK(event.last_round().round == Round(4));
    CHECK(event.last_round().state == RoundState::open);
    CHECK(event.is_open());

    REQUIRE(purge_ledger(wishes, event.ledger, event.world, report));
    CHECK(report.steps.back().detail.find("0 coupons of 0 older rounds") == 0);
}

TEST_CASE("coupons are not deleted while a reset or a recovery works on the event") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto other = event.another_ledger();
    auto wishes = FakeEvent::wishes();
    wishes.purge = LedgerPurge{1};
    ResetReport report;
    const auto refused = purge_ledger(wishes, *other, event.world, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::already_running);
    CHECK(report.steps.empty());
}

TEST_CASE("a reset onto a topic with records of another environment is refused with nothing changed") {
    const auto strange_key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    FakeEvent event;
    SUBCASE("that of the first round") {}
    SUBCASE("that of the next round") {
        REQUIRE(event.reset());
    }
    const auto gate = event.gate.memory;
    const auto rounds = event.ledger.tables().rounds;
    event.broker.put(1, encode(record_of("coupon", {Round(1), Epoch(1), Slot(1), UserId(9), Instant{}}, strange_key)));
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::usage);
    CHECK(refused.fault().message ==
          "topic coupon_create holds 1 record, at 1@0, of event coupon that no round of this ledger signed; nothing was changed");
    CHECK(event.gate.memory == gate);
    CHECK(event.ledger.tables().rounds == rounds);
    ResetReport report;
    CHECK_FALSE(plan_reset(FakeEvent::wishes(), event.ports(), report));
    auto forced = FakeEvent::wishes();
    forced.force = true;
    CHECK_FALSE(event.reset(forced));
    if (rounds.empty()) return;
    // A worker of this event keeps it as a failed event.
    event.work();
    CHECK(event.reset());
}

TEST_CASE("a reset that moves to another topic looks for foreign records there, and at no other") {
    const auto strange_key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    const auto foreign = encode(record_of("coupon", {Round(1), Epoch(1), Slot(1), UserId(9), Instant{}}, strange_key));
    FakeEvent event;
    REQUIRE(event.reset());
    FakeBroker other(2);
    FakeTopicLog other_log(other);
    FakeTopicAdmin other_admin(other);
    auto wishes = FakeEvent::wishes();
    wishes.topic = "elsewhere";
    wishes.moves_topic = true;
    ResetPorts ports{event.gate, event.gate, other_admin, event.log, event.ledger, event.world, {}, &other_log};
    other.put(0, foreign);
    REQUIRE(event.close());
    ResetReport report;
    const auto refused = reset(wishes, ports, report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().message.find("topic elsewhere holds 1 record, at 0@0,") == 0);
    other.partitions[0].records.clear();
    other.partitions[0].low = other.partitions[0].high;
    event.ledger.tables().reset_locks.clear();
    CHECK(reset(wishes, ports, report));
    CHECK(event.last_round().topic == "elsewhere");
}

TEST_CASE("a round with another topic or group than the last one's is refused, with nothing changed, until that one is settled") {
    struct Row {
        const char* what;
        std::function<void(FakeEvent&)> prepare;
        std::string why; ///< empty: it is settled
    };
    const auto granted_and_closed = [](FakeEvent& event) {
        event.grant_to(7);
        REQUIRE(event.close());
    };
    const auto rows = {
        Row{"users can still apply", [](FakeEvent&) {}, "users can still apply"},
        Row{"closed, with a record that no worker read", granted_and_closed, "1 record of partition"},
        Row{"closed, with a claim that was never published",
            [](FakeEvent& event) {
                event.claim_for(7);
                REQUIRE(event.close());
            },
            "pending"},
        Row{"closed, its coupons lost",
            [&](FakeEvent& event) {
                granted_and_closed(event);
                event.work();
                event.ledger.tables().coupons.clear();
            },
            "has no coupon row"},
        Row{"closed, its gate lost",
            [&](FakeEvent& event) {
                granted_and_closed(event);
                event.work();
                event.gate.memory.reset();
            },
            "does not exist"},
        Row{"left opening by an interrupted reset",
            [](FakeEvent& event) { event.ledger.tables().rounds.begin()->second.state = RoundState::opening; },
            "an interrupted reset left it opening"},
        Row{"closed and settled",
            [&](FakeEvent& event) {
                granted_and_closed(event);
                event.work();
            },
            ""},
    };
    for (const auto& row : rows) {
        for (const bool is_topic : {true, false}) {
            CAPTURE(row.what);
            CAPTURE(is_topic);
            FakeEvent event;
            REQUIRE(event.reset());
            row.prepare(event);
            FakeBroker other(2);
            FakeTopicLog other_log(other);
            FakeTopicAdmin other_admin(other);
            auto wishes = FakeEvent::wishes();
            wishes.force = true;
            if (is_topic) {
                wishes.topic = "elsewhere";
                wishes.moves_topic = true;
            } else {
                wishes.group = "others";
            }
            const auto ports = is_topic
                                   ? ResetPorts{event.gate, event.gate, other_admin, event.log, event.ledger, event.world, {}, &other_log}
                                   : event.ports();
            const auto gate = event.gate.memory;
            const auto rounds = event.ledger.tables().rounds;
            ResetReport report;
            const auto planned = plan_reset(wishes, ports, report);
            const auto refused = reset(wishes, ports, report);
            CHECK(static_cast<bool>(planned) == row.why.empty());
            REQUIRE(static_cast<bool>(refused) == row.why.empty());
            if (refused) {
                CHECK(event.last_round().topic == wishes.topic);
                CHECK(event.last_round().group == wishes.group);
                continue;
            }
            CHECK(refused.fault().kind == FaultKind::usage);
            CHECK(refused.fault().message.find(
                      is_topic ? "--topic elsewhere: round 1 of event coupon uses coupon_create, and is not settled: "
                               : "--group others: round 1 of event coupon uses coupon_issuer, and is not settled: ") == 0);
            CAPTURE(refused.fault().message);
            CHECK(refused.fault().message.find(row.why) != std::string::npos);
            CHECK(event.gate.memory == gate);
            CHECK(event.ledger.tables().rounds == rounds);
        }
    }
}

TEST_CASE("an event moves to another cluster once every claim has its coupon, whatever the old topic says") {
    for (const bool has_row : {true, false}) {
        CAPTURE(has_row);
        FakeEvent event;
        auto wishes = FakeEvent::wishes();
        wishes.cluster_id = "the-old-one";
        REQUIRE(event.reset(wishes));
        event.grant_to(7);
        if (has_row) event.work();
        REQUIRE(event.close());
        FakeBroker other(2);
        FakeTopicLog other_log(other);
        FakeTopicAdmin other_admin(other);
        wishes.cluster_id = "the-new-one";
        wishes.moves_topic = true;
        const ResetPorts ports{event.gate, event.gate, other_admin, other_log, event.ledger, event.world};
        ResetReport report;
        const auto moved = reset(wishes, ports, report);
        REQUIRE(static_cast<bool>(moved) == has_row);
        if (has_row) {
            CHECK(event.last_round().cluster_id == "the-new-one");
            CHECK(event.gate.memory->fields.cluster_id == "the-new-one");
            CHECK(event.ledger.tables().coupons.size() == 1);
        } else {
            CHECK(moved.fault().kind == FaultKind::usage);
            CHECK(
                moved.fault().message.find("is cluster the-new-one: round 1 of event coupon uses cluster the-old-one, and is not settled: "
                                           "1 claim has no coupon row (user 7)") != std::string::npos);
            CHECK(event.last_round().round == Round(1));
        }
    }
}

TEST_SUITE_END();
