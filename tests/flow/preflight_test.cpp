#include "flow/reset/reset_preflight.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

TEST_SUITE_BEGIN("flow/preflight");

namespace {

PreflightSettings settings_for(const FakeEvent& event, Opening opening = Opening::looked_at) {
    PreflightSettings settings;
    settings.opening = opening;
    settings.event = "coupon";
    settings.topic = "coupon_create";
    settings.group = "coupon_issuer";
    settings.started_at = event.gate.now;
    settings.start = event.world.now();
    return settings;
}

PreflightReport look(FakeEvent& event, Opening opening = Opening::looked_at) {
    return preflight(settings_for(event, opening), PreflightStores{&event.gate, &event.log, &event.ledger}, event.world);
}

PreflightStatus status_of(const PreflightReport& report, const std::string& name) {
    const auto line = std::find_if(report.lines.begin(), report.lines.end(), [&](const auto& one) { return one.name == name; });
    REQUIRE(line != report.lines.end());
    return line->status;
}

std::size_t count(const PreflightReport& report, PreflightStatus status) {
    return report.of(status).size();
}

} // namespace

TEST_CASE("an event that is open and at rest is ready, every line ok") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    event.work();
    const auto report = look(event);
    for (const auto& line : report.lines) {
        CAPTURE(line.name);
        CAPTURE(line.found);
        CHECK(line.status == PreflightStatus::ok);
    }
}

TEST_CASE("servers nobody has used yet are fit for a first reset") {
    FakeEvent event;
    event.ledger.tables().exist = false;
    event.broker.partitions.clear();
    const auto report = look(event, Opening::new_round);
    CHECK(count(report, PreflightStatus::ok) == report.lines.size());
    const auto looked_at = look(event);
    CHECK(status_of(looked_at, "round") == PreflightStatus::dangerous);
    CHECK(status_of(looked_at, "topic-exists") == PreflightStatus::dangerous);
    CHECK(count(looked_at, PreflightStatus::dangerous) == 2);
}

TEST_CASE("a record of another environment on the topic is dangerous until a worker has kept it as a failed event") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(7);
    CHECK(status_of(look(event), "foreign-records") == PreflightStatus::ok);
    const auto strange_key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    event.broker.put(1, encode(record_of("coupon", {Round(1), Epoch(1), Slot(2), UserId(9), Instant{}}, strange_key)));
    CHECK(status_of(look(event), "foreign-records") == PreflightStatus::dangerous);
    event.work();
    CHECK(status_of(look(event), "foreign-records") == PreflightStatus::ok);
}

TEST_CASE("leftovers are read from the stores") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto grant = event.claim_for(7);
    CHECK(status_of(look(event), "outbox") == PreflightStatus::warning);
    event.publish(grant);
    event.confirm(grant);
    CHECK(status_of(look(event), "outbox") == PreflightStatus::ok);
    CHECK(status_of(look(event), "group-lag") == PreflightStatus::warning);
    event.work();
    CHECK(status_of(look(event), "group-lag") == PreflightStatus::ok);
    event.broker.partitions[1].committed = event.broker.partitions[1].high + 5;
    CHECK(status_of(look(event), "group-offsets") == PreflightStatus::dangerous);
    for (auto& partition : event.broker.partitions)
        partition.committed.reset();
    CHECK(status_of(look(event), "group-lag") == PreflightStatus::ok);
    CHECK(status_of(look(event), "group-offsets") == PreflightStatus::warning);
}

TEST_CASE("an event whose gate restarted or is gone is not ready") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.restart();
    CHECK(status_of(look(event), "gate-round") == PreflightStatus::dangerous);
    event.gate.memory.reset();
    CHECK(status_of(look(event), "gate-round") == PreflightStatus::dangerous);
}

TEST_CASE("the plan is held against the newest round, and an event without a round is told the events that have one") {
    FakeEvent event;
    REQUIRE(event.reset());
    auto settings = settings_for(event);
    const PreflightStores stores{&event.gate, &event.log, &event.ledger};
    settings.plan.limit = Limit(event.gate.memory->fields.limit.value() + 1);
    CHECK(status_of(preflight(settings, stores, event.world), "round-limit") == PreflightStatus::dangerous);
    settings.plan = {std::nullopt, event.gate.now};
    CHECK(status_of(preflight(settings, stores, event.world), "round-opening") == PreflightStatus::dangerous);
    auto& rounds = event.ledger.tables().rounds;
    auto renamed = rounds.extract(rounds.begin());
    renamed.key().first = renamed.mapped().event = "spring";
    rounds.insert(std::move(renamed));
    const auto report = preflight(settings_for(event), stores, event.world);
    CHECK(status_of(report, "round") == PreflightStatus::dangerous);
    const auto told = std::find_if(report.lines.begin(), report.lines.end(), [](const auto& line) { return line.name == "round"; });
    REQUIRE(told != report.lines.end());
    CHECK(told->found.find("it has rounds of spring") != std::string::npos);
}

TEST_CASE("a warning that is accepted is counted as accepted by an audit and by a reset") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.told.values["appendfsync"] = "everysec";
    auto settings = settings_for(event, Opening::new_round);
    settings.accepted.warnings = {"gate-fsync"};
    const PreflightStores stores{&event.gate, &event.log, &event.ledger};
    CHECK(status_of(preflight(settings, stores, event.world), "gate-fsync") == PreflightStatus::accepted);
    ResetReport report;
    REQUIRE(preflight_reset(settings, event.ports(), report));
    CHECK(report.steps.back().detail.find("1 accepted") != std::string::npos);
}

TEST_CASE("clocks are compared with this machine's, and a window makes the gate's clock matter") {
    FakeEvent event;
    REQUIRE(event.reset());
    const auto settings = settings_for(event);
    event.gate.now += Milliseconds(31'500);
    event.ledger.tables().now += Milliseconds(1'500);
    const PreflightStores stores{&event.gate, &event.log, &event.ledger};
    const auto report = preflight(settings, stores, event.world);
    CHECK(status_of(report, "gate-clock") == PreflightStatus::warning);
    CHECK(status_of(report, "ledger-clock") == PreflightStatus::warning);
    auto with_window = settings;
    with_window.window = Window{event.gate.now, {}};
    CHECK(status_of(preflight(with_window, stores, event.world), "gate-clock") == PreflightStatus::dangerous);
    // The machine's clock goes on between the start of the program and the look.
    event.world.advance(Milliseconds(31'000));
    CHECK(status_of(preflight(with_window, stores, event.world), "gate-clock") == PreflightStatus::ok);
}

TEST_CASE("a store that does not answer is away, the other two are judged") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.meet(GateTrouble::unreachable, 1);
    auto report = look(event);
    REQUIRE(report.away.size() == 1);
    CHECK(report.away.front().kind == FaultKind::unreachable);
    CHECK(status_of(report, "gate") == PreflightStatus::cannot_tell);
    CHECK(status_of(report, "topic-retention") == PreflightStatus::ok);
    event.broker.broker = BrokerTrouble::denied;
    report = look(event);
    REQUIRE(report.away.size() == 1);
    CHECK(report.away.front().kind == FaultKind::denied);
    event.broker.broker = BrokerTrouble::none;
    event.ledger.meet_after(LedgerTrouble::unreachable, 1);
    CHECK(status_of(look(event), "ledger") == PreflightStatus::cannot_tell);
}

TEST_CASE("a reset that meets a dangerous line is refused by its name, and one whose risk is accepted goes on") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.told.values["appendonly"] = "no";
    event.gate.told.values["appendfsync"] = "everysec";
    const auto before = event.gate.memory;
    auto settings = settings_for(event, Opening::new_round);
    ResetReport report;
    const auto refused = preflight_reset(settings, event.ports(), report);
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(refused.fault().message.find("gate-persistence") != std::string::npos);
    CHECK(refused.fault().hint.find("--accept-risk gate-persistence") != std::string::npos);
    CHECK(event.gate.memory == before);
    REQUIRE(report.preflight.size() == 2);
    CHECK(report.steps.back().status == "failed");

    settings.accepted.risks = {"gate-persistence"};
    report = {};
    CHECK(preflight_reset(settings, event.ports(), report));
    REQUIRE(report.preflight.size() == 2);
    CHECK(report.preflight[0].status == PreflightStatus::accepted);
    CHECK(report.preflight[1].status == PreflightStatus::warning);
    CHECK(report.steps.back().status == "done");
}

TEST_CASE("what cannot be told stops no reset, a server that is away does") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.told.values.erase("appendfsync");
    ResetReport report;
    CHECK(preflight_reset(settings_for(event, Opening::new_round), event.ports(), report));
    REQUIRE(report.preflight.size() == 1);
    CHECK(report.preflight[0].status == PreflightStatus::cannot_tell);
    event.broker.broker = BrokerTrouble::away;
    const auto away = preflight_reset(settings_for(event, Opening::new_round), event.ports(), report);
    REQUIRE_FALSE(away);
    CHECK(away.fault().kind == FaultKind::unreachable);
}

TEST_SUITE_END();
