#pragma once

#include "flow/audit/audit.hpp"
#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

namespace coupon {

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

    [[nodiscard]] std::string address() const override { return gate_.address(); }
    Result<GateSummary> summary(Deadline deadline) override {
        watch_.ask("gate summary");
        return gate_.summary(deadline);
    }
    Result<GateListing<ClaimedSlot>> claims(Deadline deadline) override {
        watch_.ask("gate claims");
        return gate_.claims(deadline);
    }
    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) override {
        return gate_.slots_of(users, deadline);
    }
    Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) override {
        watch_.ask("gate claim of a user");
        return gate_.claim_of(user, deadline);
    }
    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override {
        watch_.ask("gate outbox");
        return gate_.outbox(deadline);
    }
    Result<GateSettings> settings(Deadline deadline) override { return gate_.settings(deadline); }

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
    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take, Deadline deadline) override {
        watch_.ask("topic records");
        return log_.read(ranges, take, deadline);
    }
    Result<GroupSight> group(Deadline deadline) override { return log_.group(deadline); }
    Result<TopicSettings> settings(Deadline deadline) override { return log_.settings(deadline); }

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
    Result<std::vector<std::string>> events(Deadline deadline) override { return ledger_.events(deadline); }
    Result<std::optional<std::string>> event_of_topic(Deadline deadline) override { return ledger_.event_of_topic(deadline); }
    Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) override {
        watch_.ask("ledger coupons");
        return ledger_.coupons(round, deadline);
    }
    Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) override {
        return ledger_.coupons_after(round, slot, most, deadline);
    }
    Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline deadline) override {
        watch_.ask("ledger coupons of a user");
        return ledger_.coupons_of(round, user, deadline);
    }
    Result<std::int64_t> coupon_count(Round round, Deadline deadline) override { return ledger_.coupon_count(round, deadline); }
    Result<std::vector<Fence>> fences(Round round, Deadline deadline) override { return ledger_.fences(round, deadline); }
    Result<std::vector<FailedEvent>> failed(Deadline deadline) override { return ledger_.failed(deadline); }
    Result<std::vector<RecordIdentity>> failed_identities(Deadline deadline) override { return ledger_.failed_identities(deadline); }
    Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                  Deadline deadline) override {
        return ledger_.open_failed(after, most, deadline);
    }
    Result<NamedClaims> failed_claims(Round round, Deadline deadline) override { return ledger_.failed_claims(round, deadline); }
    Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) override {
        return ledger_.failed_counts(which, deadline);
    }
    Result<SettledTopic> settled_topic(Deadline deadline) override { return ledger_.settled_topic(deadline); }
    Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) override {
        return ledger_.purge_offsets(round, deadline);
    }
    Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) override {
        watch_.ask("ledger snapshot");
        return ledger_.snapshot(round, deadline);
    }
    Result<LedgerSettings> settings(Deadline deadline) override { return ledger_.settings(deadline); }

private:
    LedgerReader& ledger_;
    Watch& watch_;
};

class WatchedHistories final : public HistorySource {
public:
    WatchedHistories(const std::vector<History>& histories, Watch& watch) : histories_(histories), watch_(watch) {}

    /// From another thread, while the stores are asked.
    Status read_on() override { return Done{}; }
    Result<std::vector<History>> take() override {
        watch_.ask("histories");
        return histories_;
    }

private:
    const std::vector<History>& histories_;
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
        histories.push_back({"a.jsonl", {"boot-1", 1, "coupon", Round(1), 1}, {}, {}, HistoryClosing{}, {}});
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
        ports.open_histories = [&]() -> Result<std::unique_ptr<HistorySource>> {
            watch.ask("open histories");
            return std::unique_ptr<HistorySource>(std::make_unique<WatchedHistories>(histories, watch));
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

inline std::string findings_of(const AuditReport& report, const std::string& id) {
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

inline const Fault away{FaultKind::unreachable, "cannot reach the server", "is it up?"};
inline const Fault refused_login{FaultKind::denied, "the server refuses the login", "check the password"};

} // namespace coupon
