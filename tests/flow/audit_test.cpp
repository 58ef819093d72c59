#include "flow/audited_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

TEST_SUITE_BEGIN("flow/audit");

TEST_CASE("a sold out event is exact") {
    Audited audited;
    for (const std::int64_t user : {7, 8, 9})
        audited.win(user);
    audited.tell(10, Answer::sold_out);
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::exact);
    CHECK(report.reason.empty());
    CHECK(report.round == Round(1));
    CHECK(report.limit == Limit(3));
    CHECK(report.claimed == 3);
    CHECK(report.published == 3);
    CHECK(report.issued == 3);
    CHECK(audited.elapsed() == Milliseconds(0));
}

TEST_CASE("stores are read against the way of an application, histories last, then all is looked at again") {
    Audited audited;
    audited.win(7);
    CHECK(audited.report().verdict == Verdict::exact);
    const auto& asked = audited.watch.asked;
    const auto last = [&](const std::string& what) {
        return std::distance(asked.begin(), std::find(asked.rbegin(), asked.rend(), what).base());
    };
    CHECK(last("ledger snapshot") < last("topic records"));
    CHECK(last("topic records") < last("gate outbox"));
    CHECK(last("gate outbox") < last("gate claims"));
    CHECK(last("gate claims") < last("histories"));
    CHECK(last("histories") < last("topic partitions"));
    CHECK(last("topic partitions") < last("gate summary"));
}

TEST_CASE("a gate that is armed again whenever it is read cannot be told, and is judged once that ends") {
    Audited audited;
    audited.win(7);
    audited.watch.on_ask = [&](const std::string& what) {
        if (what == "gate claims") audited.event.gate.memory->fields.epoch = audited.event.gate.memory->fields.epoch.next();
    };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    const auto stores = std::ranges::find(report.checks, "stores", &Check::id);
    REQUIRE(stores != report.checks.end());
    REQUIRE(stores->findings.size() == 1);
    CHECK(stores->findings.front().hint == "audit again when no reset and no arming runs");
    audited.watch.on_ask = nullptr;
    audited.event.gate.memory->fields.epoch = Epoch(1);
    CHECK(audited.report().verdict == Verdict::exact);
}

TEST_CASE("an audit waits for a worker that is still at work") {
    Audited audited;
    audited.tell(7, Answer::granted, audited.event.grant_to(7).slot);
    int pauses = 0;
    audited.event.world.on_pause = [&] {
        if (++pauses == 3) audited.event.work();
    };
    CHECK(audited.report().verdict == Verdict::exact);
    CHECK(pauses == 3);
}

TEST_CASE("an event whose coupons are all there is exact although the group's offsets expired") {
    Audited audited;
    for (const std::int64_t user : {7, 8, 9})
        audited.win(user);
    for (auto& partition : audited.event.broker.partitions)
        partition.committed.reset();
    CHECK(audited.report().verdict == Verdict::exact);
    audited.event.broker.put(1, {std::nullopt, "not kept", {}});
    CHECK(audited.report().reason.find("has no committed offset: it expired") != std::string::npos);
}

TEST_CASE("whoever waits is told for what") {
    Audited audited;
    audited.event.grant_to(7);
    std::vector<std::string> told;
    auto ports = audited.ports();
    ports.waiting = [&](const std::vector<std::string>& reasons) { told.insert(told.end(), reasons.begin(), reasons.end()); };
    REQUIRE(audit(audited.settings, ports, audited.event.world));
    REQUIRE(told.size() == 20);
    CHECK(told.front().find("1 record of partition") != std::string::npos);
}

TEST_CASE("an event that does not become quiescent cannot be told, with the reason") {
    Audited audited;
    audited.tell(7, Answer::granted, audited.event.grant_to(7).slot);
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("1 record of partition") != std::string::npos);
    CHECK(audited.elapsed() == Milliseconds(2000));
    CHECK(findings_of(report, "I4").find("no row yet: 7") != std::string::npos);
}

TEST_CASE("a violation that no waiting mends is named even while things move") {
    Audited audited;
    audited.win(7);
    audited.tell(8, Answer::pending, audited.event.claim_for(8).slot);
    audited.event.gate.memory->claims.erase(UserId(7));
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::violated);
    CHECK(findings_of(report, "I6") == "violated; row without a claim: 7");
    CHECK(findings_of(report, "gate").find("granted is 2 but there are 1 claims") != std::string::npos);
}

TEST_CASE("an event that moved while it was read is read again") {
    Audited audited;
    audited.win(7);
    bool moved = false;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what != "gate claims" || moved) return;
        moved = true;
        audited.win(8);
    };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::exact);
    CHECK(report.issued == 2);
    CHECK(std::count(audited.watch.asked.begin(), audited.watch.asked.end(), "ledger snapshot") == 2);
}

TEST_CASE("while users apply and a worker issues, an event is in progress, and raises no false alarm") {
    Audited audited(10'000);
    audited.win(1);
    std::int64_t user = 1;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what == "gate claims") audited.win(++user);
    };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::in_progress);
    CHECK(findings_of(report, "quiescent").find("the event changed while it was read") != std::string::npos);
    CHECK(user > 2);
    CHECK(report.limit == Limit(10'000));
    REQUIRE(report.granted);
    REQUIRE(report.issued);
    CHECK(*report.granted >= *report.issued);
    CHECK(*report.granted > 0);
}

TEST_CASE("an event whose worker is behind but reads on is in progress, and one whose worker stands still cannot be told") {
    for (const bool works : {true, false}) {
        CAPTURE(works);
        Audited audited(10'000);
        audited.settings.wait = Milliseconds(20'000);
        for (std::int64_t user = 1; user <= 300; ++user)
            audited.tell(user, Answer::granted, audited.event.grant_to(user).slot);
        std::int64_t user = 300;
        audited.event.world.on_pause = [&] {
            if (works) audited.event.work_on(1);
            ++user;
            audited.tell(user, Answer::granted, audited.event.grant_to(user).slot);
        };
        const auto report = audited.report();
        INFO(report.reason);
        CHECK(report.verdict == (works ? Verdict::in_progress : Verdict::cannot_tell));
        if (!works) CHECK(findings_of(report, "quiescent").find("was read for 20 s") != std::string::npos);
    }
}

TEST_CASE("a row that is deleted while the event moves is found in what was stable") {
    Audited audited(10'000);
    for (std::int64_t user = 1; user <= 5; ++user)
        audited.win(user);
    audited.event.ledger.tables().coupons[{"coupon", Round(1)}].erase(Slot(3));
    std::int64_t user = 5;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what == "gate claims") audited.win(++user);
    };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::violated);
    CHECK(findings_of(report, "I9") == "violated; record that was neither issued nor kept as a failed event: 3");
}

TEST_CASE("what another run of the gate's server says is no motion of the event") {
    Audited audited(10'000);
    audited.win(1);
    std::int64_t user = 1;
    bool restarted = false;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what != "gate claims") return;
        if (audited.event.world.now().time_since_epoch() > std::chrono::hours(1) + Milliseconds(1000) && !restarted) {
            restarted = true;
            audited.event.gate.restart();
        }
        if (!restarted) audited.win(++user);
    };
    const auto report = audited.report();
    CHECK(restarted);
    CHECK(report.verdict == Verdict::cannot_tell);
}

TEST_CASE("a history still being written while the audit waits explains every row") {
    Audited audited;
    audited.win(7);
    bool late = false;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what != "ledger rounds" || late) return;
        late = true;
        audited.win(8);
    };
    const auto report = audited.report();
    CHECK(late);
    CHECK(report.issued == 2);
    CHECK(report.verdict == Verdict::exact);
}

TEST_CASE("a signal ends the audit without a verdict") {
    Audited audited;
    audited.event.grant_to(7);
    audited.event.world.on_pause = [&] { audited.event.world.stop(); };
    const auto report = audited.run();
    REQUIRE_FALSE(report);
    CHECK(report.fault().kind == FaultKind::interrupted);
}

TEST_SUITE_END();
