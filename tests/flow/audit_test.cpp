#include "flow/audit.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

namespace {

/// Writes down what an audit asks for, and lets a test act between two questions.
struct Watch {
    std::vector<std::string> asked;
    std::function<void(const std::string&)> on_ask;

    void ask(const std::string& what) {
        asked.push_back(what);
        if (on_ask) on_ask(what);
    }
};

class WatchedGate final : public GateReader {
public:
    WatchedGate(GateReader& gate, Watch& watch) : gate_(gate), watch_(watch) {}

    Result<GateSummary> summary(Deadline deadline) override {
        watch_.ask("gate summary");
        return gate_.summary(deadline);
    }
    Result<GateListing<Claim>> claims(Deadline deadline) override {
        watch_.ask("gate claims");
        return gate_.claims(deadline);
    }
    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override {
        watch_.ask("gate outbox");
        return gate_.outbox(deadline);
    }

private:
    GateReader& gate_;
    Watch& watch_;
};

class WatchedTopic final : public TopicLog {
public:
    WatchedTopic(TopicLog& log, Watch& watch) : log_(log), watch_(watch) {}

    Result<std::vector<PartitionLag>> partitions(Deadline deadline) override {
        watch_.ask("topic partitions");
        return log_.partitions(deadline);
    }
    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(SourceRecord&&)>& take, Deadline deadline) override {
        watch_.ask("topic records");
        return log_.read(ranges, take, deadline);
    }

private:
    TopicLog& log_;
    Watch& watch_;
};

class WatchedLedger final : public LedgerReader {
public:
    WatchedLedger(LedgerReader& ledger, Watch& watch) : ledger_(ledger), watch_(watch) {}

    Result<std::vector<RoundRow>> rounds(Deadline deadline) override {
        watch_.ask("ledger rounds");
        return ledger_.rounds(deadline);
    }
    Result<std::optional<std::string>> event_of_topic(Deadline deadline) override { return ledger_.event_of_topic(deadline); }
    Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) override {
        watch_.ask("ledger coupons");
        return ledger_.coupons(round, deadline);
    }
    Result<std::int64_t> coupon_count(Round round, Deadline deadline) override { return ledger_.coupon_count(round, deadline); }
    Result<std::vector<Fence>> fences(Round round, Deadline deadline) override { return ledger_.fences(round, deadline); }
    Result<std::vector<FailedEvent>> failed(Deadline deadline) override { return ledger_.failed(deadline); }
    Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) override {
        return ledger_.purge_offsets(round, deadline);
    }
    Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) override {
        watch_.ask("ledger snapshot");
        return ledger_.snapshot(round, deadline);
    }

private:
    LedgerReader& ledger_;
    Watch& watch_;
};

/// An event, and an audit of it.
struct Audited {
    FakeEvent event;
    Watch watch;
    std::vector<History> histories;
    AuditSettings settings;
    std::optional<Fault> no_ledger;
    std::optional<Fault> no_topic;
    std::optional<Fault> no_gate;

    explicit Audited(std::int64_t limit = 3) {
        settings.event = "coupon";
        settings.topic = "coupon_create";
        settings.wait = Milliseconds(2000);
        REQUIRE(event.reset(FakeEvent::wishes(limit)));
        histories.push_back({"a.jsonl", {"boot-1", 1, "coupon", Round(1), 1}, {}, {}});
    }

    /// All the way to the row, and into the history.
    void win(std::int64_t user) {
        const auto grant = event.grant_to(user);
        event.work();
        tell(user, Answer::granted, grant.slot);
    }
    void tell(std::int64_t user, Answer answer, std::optional<Slot> slot = std::nullopt) {
        const auto id = static_cast<std::int64_t>(histories.front().entries.size()) + 1;
        histories.front().entries.push_back({id, UserId(user), 100 * id, 100 * id + 50, answer, slot, std::nullopt});
    }

    [[nodiscard]] AuditPorts ports() {
        AuditPorts ports;
        ports.open_ledger = [&]() -> Result<std::unique_ptr<LedgerReader>> {
            if (no_ledger) return *no_ledger;
            return std::unique_ptr<LedgerReader>(std::make_unique<WatchedLedger>(event.ledger, watch));
        };
        ports.open_topic = [&]() -> Result<std::unique_ptr<TopicLog>> {
            if (no_topic) return *no_topic;
            return std::unique_ptr<TopicLog>(std::make_unique<WatchedTopic>(event.log, watch));
        };
        ports.open_gate = [&]() -> Result<std::unique_ptr<GateReader>> {
            if (no_gate) return *no_gate;
            return std::unique_ptr<GateReader>(std::make_unique<WatchedGate>(event.gate, watch));
        };
        ports.read_histories = [&]() -> Result<std::vector<History>> {
            watch.ask("histories");
            return histories;
        };
        return ports;
    }
    [[nodiscard]] Result<AuditReport> run() { return audit(settings, ports(), event.world); }
    [[nodiscard]] AuditReport report() {
        auto report = run();
        REQUIRE_MESSAGE(report, (report ? std::string() : report.fault().text()));
        return *report;
    }
    [[nodiscard]] Milliseconds elapsed() const {
        return std::chrono::duration_cast<Milliseconds>(event.world.now().time_since_epoch() - std::chrono::hours(1));
    }
};

std::string findings_of(const AuditReport& report, const std::string& id) {
    std::string text;
    for (const auto& check : report.checks) {
        if (check.id != id) continue;
        text += name_of(check.status);
        for (const auto& finding : check.findings) {
            text += "; " + finding.name + ":";
            for (const auto& trail : finding.trails)
                text += " " + trail.user.text();
        }
    }
    return text;
}

const Fault away{FaultKind::unreachable, "cannot reach the server", "is it up?"};
const Fault refused_login{FaultKind::denied, "the server refuses the login", "check the password"};

} // namespace

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

TEST_CASE("whoever waits is told for what") {
    Audited audited;
    audited.event.grant_to(7);
    std::vector<std::string> told;
    auto ports = audited.ports();
    ports.waiting = [&](const std::vector<std::string>& reasons) { told.insert(told.end(), reasons.begin(), reasons.end()); };
    REQUIRE(audit(audited.settings, ports, audited.event.world));
    REQUIRE(told.size() == 20);
    CHECK(told.front().find("1 record behind") != std::string::npos);
}

TEST_CASE("an event that does not become quiescent cannot be told, with the reason") {
    Audited audited;
    audited.tell(7, Answer::granted, audited.event.grant_to(7).slot);
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("1 record behind") != std::string::npos);
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

TEST_CASE("an event that moves all the time cannot be told, and raises no false alarm") {
    Audited audited(10'000);
    audited.win(1);
    std::int64_t user = 1;
    audited.watch.on_ask = [&](const std::string& what) {
        if (what == "gate claims") audited.win(++user);
    };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason == "the event moved while it was read");
    CHECK(user > 2);
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

TEST_CASE("a store that is away makes it cannot tell, at once, and the others are still judged") {
    struct Row {
        const char* what;
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
    audited.histories.front().entries.front().answer = Answer::sold_out;
    audited.histories.front().entries.front().slot.reset();
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

TEST_CASE("a store that goes away while it is waited for ends the wait") {
    Audited audited;
    audited.event.grant_to(7);
    audited.event.world.on_pause = [&] { audited.event.gate.meet(GateTrouble::unreachable); };
    const auto report = audited.report();
    CHECK(report.verdict == Verdict::cannot_tell);
    CHECK(report.reason.find("cannot reach the fake gate") != std::string::npos);
    CHECK(audited.elapsed() == Milliseconds(100));
}

TEST_CASE("a gate that is loading is waited for") {
    Audited audited;
    audited.win(7);
    audited.event.gate.meet(GateTrouble::refused, 3);
    CHECK(audited.report().verdict == Verdict::exact);
    CHECK(audited.elapsed() == Milliseconds(300));
}

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

TEST_CASE("a signal ends the audit without a verdict") {
    Audited audited;
    audited.event.grant_to(7);
    audited.event.world.on_pause = [&] { audited.event.world.stop(); };
    const auto report = audited.run();
    REQUIRE_FALSE(report);
    CHECK(report.fault().kind == FaultKind::interrupted);
}

TEST_CASE("a history that is not there is said before anything is waited for") {
    Audited audited;
    audited.event.grant_to(7);
    auto ports = audited.ports();
    ports.read_histories = []() -> Result<std::vector<History>> { return Fault{FaultKind::usage, "there is no file x", ""}; };
    const auto report = audit(audited.settings, ports, audited.event.world);
    REQUIRE_FALSE(report);
    CHECK(report.fault().kind == FaultKind::usage);
    CHECK(audited.watch.asked.empty());
}

TEST_CASE("without histories, what was told is not checked") {
    Audited audited;
    audited.win(7);
    auto ports = audited.ports();
    ports.read_histories = nullptr;
    const auto report = audit(audited.settings, ports, audited.event.world);
    REQUIRE(report);
    CHECK(report->verdict == Verdict::exact);
    CHECK(findings_of(*report, "I4") == "not_checked");
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

TEST_CASE("nothing to check is cannot tell, at once") {
    Audited no_round;
    no_round.event.ledger.tables().rounds.clear();
    CHECK(no_round.report().reason == "event coupon has no round yet");
    CHECK(no_round.elapsed() == Milliseconds(0));
    Audited nobody;
    CHECK(nobody.report().reason == "nobody applied to round 1");
    nobody.settings.expect = 0;
    CHECK(nobody.report().verdict == Verdict::exact);
    Audited unknown;
    unknown.settings.round = Round(7);
    CHECK(unknown.report().reason == "round 7 is unknown to the ledger, whose highest is 1");
    Audited no_tables;
    no_tables.event.ledger.tables().exist = false;
    CHECK(no_tables.report().verdict == Verdict::cannot_tell);
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
        CHECK_MESSAGE((what.starts_with("ledger") || what == "histories"), what);

    audited.histories.front().entries.clear();
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
    const auto rows_of = [](Audited& audited) -> std::map<Slot, Coupon>& {
        return audited.event.ledger.tables().coupons[{"coupon", Round(1)}];
    };
    const Row rows[] = {
        {"a row deleted", [&](Audited& a) { rows_of(a).erase(Slot(2)); }, "I4", "violated; told granted, but there is no row: 8"},
        {"a row for a user who never applied", [&](Audited& a) { rows_of(a).at(Slot(2)).user = UserId(99); }, "I6",
         "violated; row without a claim: 99; row without a record that may be issued: 99; row of a user who never applied: 99"},
        {"a claim removed from the gate", [](Audited& a) { a.event.gate.memory->claims.erase(UserId(8)); }, "I6",
         "violated; row without a claim: 8"},
        {"a slot moved to another user",
         [](Audited& a) {
             a.event.gate.memory->claims.erase(UserId(8));
             a.event.gate.memory->claims[UserId(10)] = {UserId(10), Slot(2), "x"};
         },
         "I7", "violated; claim without a row: 10"},
        {"told granted without a row",
         [](Audited& a) { a.histories.front().entries.back() = {4, UserId(10), 400, 450, Answer::granted, Slot(4), {}}; }, "I4",
         "violated; told granted, but there is no row: 10"},
        {"told only sold_out with a row",
         [](Audited& a) { a.histories.front().entries[1] = {2, UserId(8), 200, 250, Answer::sold_out, {}, {}}; }, "I5",
         "violated; told only no, but there is a row: 8"},
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
