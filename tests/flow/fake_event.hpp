#pragma once

#include "flow/reset/close.hpp"
#include "flow/reset/reset.hpp"

#include "fakes/fake_gate.hpp"
#include "fakes/fake_ledger.hpp"
#include "fakes/fake_topic.hpp"
#include "fakes/fake_world.hpp"

#include <limits>
#include <vector>

namespace coupon {

/// A whole event in memory: gate, topic and ledger, as the flows see them.
struct FakeEvent {
    FakeGate gate;
    FakeBroker broker{4};
    FakePublisher publisher{broker};
    FakeTopicLog log{broker};
    FakeTopicAdmin admin{broker};
    FakeLedger ledger{"coupon", "coupon_create"};
    FakeWorld world;
    FakeJournal journal;
    ResetReport report;
    UnbrokenReading reading; ///< of work()

    [[nodiscard]] Deadline soon() const { return world.now() + Milliseconds(5000); }
    [[nodiscard]] ResetPorts ports() { return {gate, gate, admin, log, ledger, world}; }

    /// A reset that may end a running round.
    static ResetSettings wishes(std::int64_t limit = 100) {
        ResetSettings settings;
        settings.event = "coupon";
        settings.topic = "coupon_create";
        settings.limit = Limit(limit);
        settings.wait = Milliseconds(2000);
        settings.may_end.any = true;
        return settings;
    }

    Status reset(const ResetSettings& settings = wishes()) {
        report = {};
        return coupon::reset(settings, ports(), report);
    }

    /// Claims a slot; pending until it is published and confirmed.
    Grant claim_for(std::int64_t user) {
        const auto reply =
            coupon::claim(gate.memory, {UserId(user), "app-" + std::to_string(user), gate.memory->fields.round}, gate.server, gate.now);
        return reply ? reply->grant : Grant{};
    }
    /// The grant's record, signed with its round's key.
    [[nodiscard]] IssueRecord record(const Grant& grant) {
        const auto& rounds = ledger.tables().rounds;
        const auto row = rounds.find({"coupon", grant.round});
        return record_of("coupon", grant, row == rounds.end() ? std::nullopt : row->second.key);
    }
    /// Puts the grant's record on the topic.
    SourcePosition publish(const Grant& grant) {
        const auto partition = static_cast<std::int32_t>(grant.user.value() % 4);
        return broker.put(partition, encode(record(grant)));
    }
    void confirm(const Grant& grant) { static_cast<void>(coupon::confirm(gate.memory, grant, gate.server)); }
    /// All the way to "granted".
    Grant grant_to(std::int64_t user) {
        const auto grant = claim_for(user);
        publish(grant);
        confirm(grant);
        return grant;
    }
    /// A worker reads the topic to its end and commits. Returns what became of each record.
    std::vector<RecordOutcome> work() { return work_on(std::numeric_limits<std::size_t>::max()); }
    /// The same of the next few records of each partition.
    std::vector<RecordOutcome> work_on(std::size_t records) {
        std::vector<SourceRecord> batch;
        std::vector<std::int64_t> reached;
        for (std::size_t partition = 0; partition < broker.partitions.size(); ++partition) {
            auto& one = broker.partitions[partition];
            reached.push_back(one.high);
            std::size_t taken = 0;
            for (auto at = one.records.lower_bound(one.committed.value_or(one.low)); at != one.records.end(); ++at) {
                if (taken++ == records) {
                    reached.back() = at->first;
                    break;
                }
                batch.push_back(broker.record_at({static_cast<std::int32_t>(partition), at->first}));
                batch.back().unbroken_from = reading.read(batch.back().at);
            }
        }
        const auto outcomes = ledger.issue(batch, soon());
        if (!outcomes) return {};
        for (std::size_t partition = 0; partition < broker.partitions.size(); ++partition)
            broker.partitions[partition].committed = reached[partition];
        return *outcomes;
    }

    /// The gate as its reader sees it.
    [[nodiscard]] GateSight sight() {
        const auto seen = gate.summary(soon());
        return seen ? GateSight{gate.address(), seen->fields, seen->server} : GateSight{gate.address(), {}, {}};
    }

    /// One more ledger on the event's tables, as another program would open it.
    [[nodiscard]] std::unique_ptr<FakeLedger> another_ledger() {
        return std::make_unique<FakeLedger>("coupon", "coupon_create", std::shared_ptr<FakeTables>(&ledger.tables(), [](FakeTables*) {}));
    }
    /// The kill switch; `trouble` is what its ledger meets.
    Status close(LedgerTrouble trouble = LedgerTrouble::none) {
        report = {};
        const auto open_ledger = [this, trouble]() -> Result<std::unique_ptr<Ledger>> {
            auto opened = another_ledger();
            opened->meet(trouble);
            return std::unique_ptr<Ledger>(std::move(opened));
        };
        return close_event(wishes(), {gate, open_ledger, world, [this] { return sight(); }}, report);
    }
    Status reopen(std::optional<Instant> closes_at = {}) {
        report = {};
        auto settings = wishes();
        settings.window.closes_at = closes_at;
        return reopen_event(settings, ports(), report);
    }

    [[nodiscard]] RoundRow last_round() {
        const auto rounds = ledger.rounds(soon());
        return rounds && !rounds->empty() ? rounds->back() : RoundRow{};
    }
    [[nodiscard]] std::size_t rows_of(std::int64_t round) {
        const auto rows = ledger.coupons(Round(round), soon());
        return rows ? rows->size() : 0;
    }
    [[nodiscard]] bool is_open() const {
        return gate.memory && gate.memory->fields.door == GateDoor::open && is_armed(gate.memory->fields, gate.server);
    }
};

} // namespace coupon
