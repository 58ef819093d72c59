#include "flow/audited_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

using namespace coupon;

TEST_SUITE_BEGIN("flow/audit_away");

TEST_CASE("a store that is away makes it cannot tell, at once, and the others are still judged") {
    struct Row {
        std::string_view what;
        std::optional<Fault> Audited::*missing;
    };
    const Row rows[] = {{"ledger", &Audited::no_ledger}, {"topic", &Audited::no_topic}, {"gate", &Audited::no_gate}};
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Audited audited;
        audited.win(7);
        audited.*row.missing = away;
        const auto report = audited.report();
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(report.reason == "cannot reach the server");
        CHECK(report.checks.front().findings.front().hint == "is it up?");
        CHECK(report.round == Round(1));
        CHECK(audited.elapsed() == Milliseconds(0));
    }
    Audited audited;
    audited.win(7);
    audited.no_gate = away;
    auto told = audited.histories.front().entries.front();
    told.answer = Answer::sold_out;
    told.slot.reset();
    audited.histories.front().entries.replace(0, told);
    CHECK(audited.report().verdict == Verdict::violated);
}

TEST_CASE("a broker that does not answer is waited for once, and the rest is judged") {
    Audited audited;
    audited.win(7);
    audited.event.broker.broker = BrokerTrouble::away;
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.issued == 1);
    const auto& asked = audited.watch.asked;
    CHECK(std::count_if(asked.begin(), asked.end(), [](const std::string& what) { return what.starts_with("topic"); }) == 1);
}

TEST_CASE("the broker of another cluster ends the audit before anything is judged") {
    for (const bool at_opening : {true, false}) {
        CAPTURE(at_opening);
        Audited audited;
        audited.win(7);
        if (at_opening) {
            audited.no_topic = Fault{FaultKind::usage, "the fake broker is another cluster", "check --brokers"};
        } else {
            audited.event.broker.broker = BrokerTrouble::another_cluster;
        }
        const auto ended = audited.run();
        REQUIRE_FALSE(ended);
        CHECK(ended.fault().message == "the fake broker is another cluster");
    }
}

TEST_CASE("a missing gate at an address that the ledger does not list is told with both addresses") {
    Audited audited;
    audited.win(7);
    audited.event.gate.memory.reset();
    audited.event.gate.listed_at = "redis://elsewhere:6379/5";
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("the gate at redis://elsewhere:6379/5 is not the gate of round 1") == 0);
}

TEST_CASE("a store that goes away while it is waited for ends the wait") {
    Audited audited;
    audited.event.grant_to(7);
    audited.event.world.on_pause = [&] { audited.event.gate.meet(GateTrouble::unreachable); };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("cannot reach the fake gate") != std::string::npos);
    CHECK(audited.elapsed() == Milliseconds(100));
}

TEST_CASE("a store that falls silent while the event is waited for is asked once more, not again when it is read") {
    struct Row {
        std::string_view asked;
        void (*fall_silent)(FakeEvent&);
    };
    const Row rows[] = {
        {"gate summary", [](FakeEvent& event) { event.gate.meet(GateTrouble::unreachable); }},
        {"ledger rounds", [](FakeEvent& event) { event.ledger.meet(LedgerTrouble::unreachable); }},
        {"topic partitions", [](FakeEvent& event) { event.broker.broker = BrokerTrouble::away; }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.asked);
        Audited audited;
        audited.win(7);
        audited.event.broker.put(0, {}); // not read yet
        std::ptrdiff_t silent = 0;
        audited.event.world.on_pause = [&] {
            row.fall_silent(audited.event);
            silent = std::ssize(audited.watch.asked);
        };
        CHECK(audited.report().verdict == Verdict::cannot_tell);
        CHECK(std::count(audited.watch.asked.begin() + silent, audited.watch.asked.end(), row.asked) == 1);
    }
}

TEST_CASE("a gate that is loading is waited for") {
    Audited audited;
    audited.win(7);
    audited.event.gate.meet(GateTrouble::refused, 3);
    CHECK(audited.report().verdict == Verdict::exact);
    CHECK(audited.elapsed() == Milliseconds(300));
}

TEST_CASE("a refused login is a fault, wherever it shows") {
    for (const auto missing : {&Audited::no_ledger, &Audited::no_topic, &Audited::no_gate}) {
        Audited audited;
        audited.*missing = refused_login;
        const auto report = audited.run();
        REQUIRE_FALSE(report);
        CHECK(report.fault().kind == FaultKind::denied);
    }
    Audited audited;
    audited.event.broker.broker = BrokerTrouble::denied;
    const auto report = audited.run();
    REQUIRE_FALSE(report);
    CHECK(report.fault().kind == FaultKind::denied);
}

TEST_CASE("a history that is not there is said before anything is waited for") {
    Audited audited;
    audited.event.grant_to(7);
    auto ports = audited.ports();
    ports.open_histories = []() -> Result<std::unique_ptr<HistorySource>> { return Fault{FaultKind::usage, "there is no file x", ""}; };
    const auto report = audit(audited.settings, ports, audited.event.world);
    REQUIRE_FALSE(report);
    CHECK(report.fault().kind == FaultKind::usage);
    CHECK(audited.watch.asked.empty());
}

TEST_CASE("a history that cannot be read any more ends the audit, whenever it shows") {
    const Fault gone{FaultKind::usage, "file x is gone", ""};
    const auto verdict_of = [](const Status& read_on, const Result<std::vector<History>>& take) {
        struct Histories final : HistorySource {
            Histories(Status now, Result<std::vector<History>> later) : first(std::move(now)), then(std::move(later)) {}
            Status read_on() override { return first; }
            Result<std::vector<History>> take() override { return then; }
            Status first;
            Result<std::vector<History>> then;
        };
        Audited audited;
        audited.win(7);
        auto ports = audited.ports();
        ports.open_histories = [&]() -> Result<std::unique_ptr<HistorySource>> {
            return std::unique_ptr<HistorySource>(std::make_unique<Histories>(read_on, take));
        };
        const auto report = audit(audited.settings, ports, audited.event.world);
        return report ? name_of(report->verdict) : report.fault().message;
    };
    CHECK(verdict_of(gone, std::vector<History>{}) == gone.message);
    CHECK(verdict_of(Done{}, gone) == gone.message);
    CHECK(verdict_of(Done{}, std::vector<History>{}) != gone.message);
}

TEST_CASE("a missing gate is waited for, and then cannot tell") {
    Audited lost;
    lost.win(7);
    lost.event.gate.memory.reset();
    const auto report = lost.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("the gate does not exist") != std::string::npos);
    CHECK(lost.elapsed() == Milliseconds(2000));

    Audited armed_again;
    armed_again.win(7);
    const auto memory = armed_again.event.gate.memory;
    armed_again.event.gate.memory.reset();
    armed_again.event.world.on_pause = [&] { armed_again.event.gate.memory = memory; };
    CHECK(armed_again.report().verdict == Verdict::exact);
}

TEST_CASE("a gate whose server restarted cannot be told until it is armed again") {
    Audited audited;
    audited.win(7);
    audited.event.gate.restart();
    CHECK(audited.report().reason.find("the gate is not armed") != std::string::npos);
}

TEST_SUITE_END();
