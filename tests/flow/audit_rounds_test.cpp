#include "flow/audited_event.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/audit_rounds");

TEST_CASE("one user's story is told as it stands, without waiting") {
    Audited audited;
    audited.win(7);
    audited.event.grant_to(8);
    const auto told = [&](std::int64_t user) {
        const auto story = story_now(audited.settings, audited.ports(), audited.event.world, UserId(user));
        REQUIRE(story);
        return *story;
    };
    CHECK(told(7).ending == Story::Ending::has_coupon);
    CHECK(told(7).lines.size() == 4);
    CHECK(told(8).ending == Story::Ending::on_its_way);
    CHECK(told(9).ending == Story::Ending::has_none);
    CHECK(audited.elapsed() == Milliseconds(0));
    audited.no_ledger = refused_login;
    const auto refused = story_now(audited.settings, audited.ports(), audited.event.world, UserId(7));
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::denied);
}

TEST_CASE("without histories, what was told is not checked") {
    Audited audited;
    audited.win(7);
    auto ports = audited.ports();
    ports.open_histories = nullptr;
    const auto report = audit(audited.settings, ports, audited.event.world);
    REQUIRE(report);
    CHECK(report->verdict == Verdict::exact);
    CHECK(findings_of(*report, "I4") == "not_checked");
}

TEST_CASE("nothing to check is cannot tell, at once") {
    Audited no_round;
    no_round.event.ledger.tables().rounds.clear();
    CHECK(no_round.report().reason == "the ledger has no round of event coupon, nor of any other event");
    CHECK(no_round.elapsed() == Milliseconds(0));
    Audited nobody;
    CHECK(nobody.report().reason == "no applications in round 1 yet");
    nobody.settings.expect = 0;
    CHECK(nobody.report().verdict == Verdict::exact);
    Audited unknown;
    unknown.settings.round = Round(7);
    CHECK(unknown.report().reason == "round 7 is unknown to the ledger, whose highest is 1");
    Audited no_tables;
    no_tables.event.ledger.tables().exist = false;
    CHECK(no_tables.report().verdict == Verdict::cannot_tell);
}

TEST_CASE("an audit of an event that does not exist names the events that do") {
    Audited audited;
    for (const std::string name : {"spring", "copuon"})
        audited.event.ledger.tables().rounds[{name, Round(1)}].event = name;
    audited.event.ledger.tables().rounds.erase({"coupon", Round(1)});
    CHECK(audited.report().reason == "the ledger has no round of event coupon; it has rounds of copuon, spring");
    audited.settings.round = Round(1);
    CHECK(audited.report().reason == "the ledger has no round of event coupon; it has rounds of copuon, spring");
}

TEST_CASE("what was expected is compared with the rows") {
    Audited audited;
    audited.win(7);
    audited.settings.expect = 3;
    CHECK(audited.report().verdict == Verdict::violated);
    audited.settings.expect = 1;
    CHECK(audited.report().verdict == Verdict::exact);
}

TEST_CASE("an older round is judged from ledger and histories, the current one as always") {
    Audited audited;
    for (const std::int64_t user : {7, 8, 9})
        audited.win(user);
    audited.tell(10, Answer::sold_out);
    REQUIRE(audited.event.reset(FakeEvent::wishes(5)));
    audited.settings.round = Round(1);
    audited.watch.asked.clear();
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::exact);
    CHECK(report.issued == 3);
    CHECK(report.limit == Limit(3));
    for (const auto& what : audited.watch.asked)
        CHECK_MESSAGE((what.starts_with("ledger") || what.ends_with("histories")), what);

    audited.histories.front().entries = {};
    audited.histories.front().head.round = Round(2);
    audited.win(20);
    audited.settings.round = Round(2);
    const auto current = audited.report();
    CHECK(current.verdict == Verdict::exact);
    CHECK(current.claimed == 1);
}

TEST_CASE("records of an earlier round still on the topic are classed by that round's rows") {
    Audited audited;
    audited.win(7);
    const auto topic = audited.event.broker.partitions;
    REQUIRE(audited.event.reset(FakeEvent::wishes(3)));
    // As if the purge had failed: all is still there.
    for (std::size_t i = 0; i < topic.size(); ++i) {
        audited.event.broker.partitions[i].low = topic[i].low;
        audited.event.broker.partitions[i].records = topic[i].records;
    }
    audited.histories.clear();
    audited.event.grant_to(8);
    audited.event.work();
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::exact);
    CHECK(report.issued == 1);
    CHECK(findings_of(report, "I10") == "ok");
    CHECK(findings_of(report, "I9") == "ok");
}

TEST_CASE("planted in a healthy finished event, each of the six is named") {
    struct Row {
        const char* what;
        std::function<void(Audited&)> plant;
        const char* check;
        const char* finding;
    };
    const auto rows_of = [](Audited& audited) -> std::map<Slot, DatedCoupon>& {
        return audited.event.ledger.tables().coupons[{"coupon", Round(1)}];
    };
    const Row rows[] = {
        {"a row deleted", [&](Audited& a) { rows_of(a).erase(Slot(2)); }, "I4", "violated; told granted, but there is no row: 8"},
        {"a row for a user who never applied", [&](Audited& a) { rows_of(a).at(Slot(2)).user = UserId(99); }, "I6",
         "violated; row without a claim: 99; row without a record that may be issued: 99; row of a user in none of the histories given: "
         "99"},
        {"a claim removed from the gate", [](Audited& a) { a.event.gate.memory->claims.erase(UserId(8)); }, "I6",
         "violated; row without a claim: 8"},
        {"a slot moved to another user",
         [](Audited& a) {
             a.event.gate.memory->claims.erase(UserId(8));
             a.event.gate.memory->claims[UserId(10)] = {UserId(10), Slot(2), "x"};
         },
         "I7", "violated; claim without a row: 10"},
        {"told granted without a row",
         [](Audited& a) {
             a.histories.front().entries.replace(3, {4, UserId(10), 400, 450, Answer::granted, Slot(4), {}});
         },
         "I4", "violated; told granted, but there is no row: 10"},
        {"told only sold_out with a row",
         [](Audited& a) {
             a.histories.front().entries.replace(1, {2, UserId(8), 200, 250, Answer::sold_out, {}, {}});
         },
         "I5", "violated; told only no, but there is a row: 8"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Audited audited;
        for (const std::int64_t user : {7, 8, 9})
            audited.win(user);
        audited.tell(10, Answer::sold_out);
        row.plant(audited);
        const auto report = audited.report();
        CHECK(report.verdict == Verdict::violated);
        CHECK(findings_of(report, row.check) == row.finding);
    }
}

TEST_SUITE_END();
