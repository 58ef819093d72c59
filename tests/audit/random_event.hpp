#pragma once

#include "audit/reconcile.hpp"
#include "core/apply_steps.hpp"
#include "core/batch_rule.hpp"
#include "core/restore_plan.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace coupon {

/// An event that the rules themselves run, for an audit to judge: applications whose requests and replies get lost, a topic that keeps
/// records on their way, a gate that forgets and is armed again while others act, a worker that reads records twice. Everything follows
/// from the seed. finish() brings it to rest, as a healthy suite would.
class RandomEvent {
public:
    explicit RandomEvent(std::uint64_t seed) : chance_(seed) {
        row_.event = "coupon";
        row_.round = Round(1);
        row_.limit = Limit(6);
        row_.topic = "coupon_create";
        row_.state = RoundState::open;
        GateState fresh;
        fresh.fields.round = row_.round;
        fresh.fields.epoch = Epoch(1);
        fresh.fields.limit = row_.limit;
        fresh.fields.door = GateDoor::open;
        fresh.fields.armed_with = server_;
        gate_ = fresh;
        saved_.push_back(gate_);
        known_.rounds[row_.round] = row_;
    }

    void run(int actions) {
        for (int i = 0; i < actions; ++i)
            act();
    }

    void finish() {
        for (auto& application : applications_) {
            for (int steps = 0; steps < 20 && !application.done; ++steps)
                step(application, Network::healthy);
            if (!application.done && application.steps.step() != ApplyStep::tell) application.steps.on_deadline("time is up");
            if (!application.done) step(application, Network::healthy);
        }
        while (!late_.empty())
            deliver_late();
        for (int turn = 0; turn < 20 && !is_at_rest(); ++turn) {
            if (!is_armed(gate_)) arm_at_once();
            redrive(Network::healthy);
            while (work()) {
            }
        }
    }

    [[nodiscard]] bool is_at_rest() const {
        return is_armed(gate_) && gate_->outbox.empty() && topic_[0].worked == topic_[0].records.size() &&
               topic_[1].worked == topic_[1].records.size();
    }
    [[nodiscard]] Epoch epoch() const { return row_.epoch; }
    [[nodiscard]] bool was_contradicted() const { return contradicted_; }
    [[nodiscard]] std::size_t failed() const { return failed_.size(); }

    /// What an audit would read of it now.
    [[nodiscard]] AuditInput input() const {
        AuditInput input;
        read_ledger(input);
        read_topic(input);
        read_gate(input);
        read_histories(input);
        return input;
    }

    /// The same store by store, for an event that goes on meanwhile. read_gate() is false where there is none.
    void read_ledger(AuditInput& input) const {
        input.event = row_.event;
        input.topic = row_.topic;
        input.round = row_.round;
        input.ledger.emplace();
        input.ledger->rounds.push_back(row_);
        input.ledger->fences[row_.round] = fences_;
        input.ledger->coupons = rows_;
        input.ledger->failed = failed_;
        for (std::int32_t partition = 0; partition < 2; ++partition)
            input.ledger->positions[partition].next = static_cast<std::int64_t>(topic_[static_cast<std::size_t>(partition)].judged);
    }
    void read_topic(AuditInput& input) const {
        input.topic_log.emplace();
        input.topic_log->partitions = partitions();
        for (std::int32_t partition = 0; partition < 2; ++partition) {
            const auto& log = topic_[static_cast<std::size_t>(partition)];
            for (std::size_t i = 0; i < log.records.size(); ++i)
                input.topic_log->records.add({{partition, static_cast<std::int64_t>(i)}, log.records[i]});
        }
        for (const auto& event : failed_)
            input.topic_log->kept_as_failed.insert(event.identity());
    }
    bool read_gate(AuditInput& input) const {
        if (!gate_) return false;
        GateSnapshot gate{gate_->fields, server_, now(), size_of(gate_->claims), size_of(gate_->outbox), {}, {}, {}};
        for (const auto& [user, claim] : gate_->claims)
            gate.claims.push_back({user, claim.slot});
        for (const auto& [user, pending] : gate_->outbox)
            gate.outbox.push_back(pending);
        input.gate = gate;
        return true;
    }
    void read_histories(AuditInput& input) const {
        for (std::int64_t file = 0; file < 2; ++file)
            input.histories.push_back(
                {"run-" + std::to_string(file), {"boot", file, row_.event, row_.round, 0}, {}, {}, HistoryClosing{}, {}});
        for (const auto& application : applications_)
            input.histories[static_cast<std::size_t>(application.told.id % 2)].entries.push_back(application.told);
    }
    /// What a look at it shows; nullopt where there is no gate.
    [[nodiscard]] std::optional<QuiescenceLook> look() const {
        if (!gate_) return std::nullopt;
        const auto& fields = gate_->fields;
        const GatePulse pulse{is_armed(gate_), fields.round, fields.epoch, fields.granted, fields.published, size_of(gate_->outbox)};
        return QuiescenceLook{pulse, partitions(), pulse};
    }
    [[nodiscard]] Tick tick() const { return Tick(Milliseconds(now_ns_)); }

private:
    enum class Network { healthy, lossy };

    struct Running {
        Applying steps;
        Application application;
        HistoryEntry told;
        bool done = false;
    };
    struct Log {
        std::vector<IssueRecord> records;
        std::size_t worked = 0; ///< as far as the worker has committed
        std::size_t judged = 0; ///< as far as it came in the ledger
    };
    /// One who arms the gate, step by step, while others act.
    struct Arming {
        ArmingTicket ticket;
        std::array<std::size_t, 2> ends{};
        KnownClaims known;
        int done = 0;
    };

    template <class Things>
    static std::int64_t size_of(const Things& things) {
        return static_cast<std::int64_t>(things.size());
    }
    [[nodiscard]] std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(chance_); }
    [[nodiscard]] bool happens(std::size_t percent) { return pick(100) < percent; }
    [[nodiscard]] bool is_armed(const GateMemory& gate) const { return gate && coupon::is_armed(gate->fields, server_); }
    [[nodiscard]] Instant now() const { return Instant(Milliseconds(now_ns_)); }
    [[nodiscard]] std::vector<PartitionLag> partitions() const {
        std::vector<PartitionLag> lags;
        for (std::int32_t partition = 0; partition < 2; ++partition) {
            const auto& log = topic_[static_cast<std::size_t>(partition)];
            lags.push_back({partition, 0, static_cast<std::int64_t>(log.records.size()), static_cast<std::int64_t>(log.worked)});
        }
        return lags;
    }

    void act() {
        const auto dice = pick(100);
        if (dice < 14) {
            ask();
        } else if (dice < 64 && !applications_.empty()) {
            step(applications_[pick(applications_.size())], Network::lossy);
        } else if (dice < 76) {
            work();
        } else if (dice < 80) {
            saved_.push_back(gate_);
        } else if (dice < 82) {
            forget();
        } else if (dice < 92) {
            arm_a_step();
        } else if (dice < 95) {
            redrive(Network::lossy);
        } else if (dice < 98) {
            if (!late_.empty()) deliver_late();
        } else {
            auto& log = topic_[pick(2)];
            log.worked = pick(log.worked + 1); // The worker died before it committed.
        }
    }

    void ask() {
        const UserId user(static_cast<std::int64_t>(pick(12)));
        Running fresh{Applying(user), {user, std::to_string(applications_.size()), row_.round}, {}, false};
        fresh.told.id = size_of(applications_);
        fresh.told.user = user;
        fresh.told.invoke_ns = ++now_ns_;
        applications_.push_back(fresh);
    }

    void step(Running& one, Network network) {
        const bool lossy = network == Network::lossy;
        const Fault lost{FaultKind::unknown, "no reply", ""};
        if (one.done) return;
        if (lossy && happens(2)) {
            one.done = true; // The program died.
            return;
        }
        switch (one.steps.step()) {
        case ApplyStep::claim: {
            if (lossy && happens(5)) return one.steps.on_claim(lost);
            const auto reply = claim(gate_, one.application, server_, now());
            return lossy && happens(10) ? one.steps.on_claim(lost) : one.steps.on_claim(reply);
        }
        case ApplyStep::claim_later:
        case ApplyStep::confirm_later: return one.steps.on_pause_over();
        case ApplyStep::publish: return publish(one, network);
        case ApplyStep::confirm: {
            if (lossy && happens(5)) return one.steps.on_confirm(lost);
            const auto reply = confirm(gate_, one.steps.grant(), server_);
            return lossy && happens(10) ? one.steps.on_confirm(lost) : one.steps.on_confirm(reply);
        }
        case ApplyStep::tell: break;
        }
        const auto& told = one.steps.told();
        one.told.answer = told.answer;
        one.told.slot = told.slot;
        one.told.level = told.level;
        one.told.answer_ns = ++now_ns_;
        one.done = true;
    }

    void publish(Running& one, Network network) {
        const IssueRecord record{row_.event, one.steps.grant()};
        if (network == Network::healthy || happens(70)) {
            append(record);
            return one.steps.on_delivery(Done{});
        }
        if (happens(40)) append(record);
        if (happens(50)) late_.push_back(record);
        one.steps.on_delivery(Fault{FaultKind::unknown, "no report", ""});
    }

    void append(const IssueRecord& record) { topic_[static_cast<std::size_t>(record.grant.user.value() % 2)].records.push_back(record); }

    void deliver_late() {
        const auto which = pick(late_.size());
        append(late_[which]);
        late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(which));
    }

    bool work() {
        for (std::size_t i = 0, first = pick(2); i < 2; ++i) {
            const auto partition = (first + i) % 2;
            auto& log = topic_[partition];
            if (log.worked == log.records.size()) continue;
            const auto& record = log.records[log.worked];
            const SourcePosition at{static_cast<std::int32_t>(partition), static_cast<std::int64_t>(log.worked++)};
            log.judged = log.worked;
            const auto outcome = judge({at, record, record.grant.user, {}}, row_.event, known_);
            if (outcome.becomes == RecordClass::issued) rows_.push_back({record.grant.slot, record.grant.user});
            if (outcome.becomes == RecordClass::failed) {
                FailedEvent event{row_.topic, at,    row_.event, record.grant.round, record.grant.user, outcome.kind, outcome.reason,
                                  1,          false, {}};
                failed_.push_back(event);
            }
            return true;
        }
        return false;
    }

    /// The server starts again with something it had once, or with nothing.
    void forget() {
        gate_ = happens(15) ? GateMemory{} : saved_[pick(saved_.size())];
        saved_ = {gate_};
        const auto name = std::to_string(++servers_);
        server_ = {"run-" + name, "replication-" + name};
    }

    void arm_a_step() {
        if (armings_.size() < 2 && !is_armed(gate_) && (armings_.empty() || happens(20))) {
            auto ticket = begin_arming(gate_, row_.facts(), "token", server_);
            if (ticket) armings_.push_back({*ticket, {}, {}, 0});
            return;
        }
        if (armings_.empty()) return;
        const auto which = pick(armings_.size());
        if (!go_on(armings_[which])) armings_.erase(armings_.begin() + static_cast<std::ptrdiff_t>(which));
    }

    void arm_at_once() {
        auto ticket = begin_arming(gate_, row_.facts(), "token", server_);
        if (!ticket) return;
        Arming arming{*ticket, {}, {}, 0};
        while (go_on(arming)) {
        }
    }

    /// One step of lib/README.md, "Arming"; false when it has ended, well or not.
    bool go_on(Arming& arming) {
        switch (arming.done++) {
        case 0: arming.ends = {topic_[0].records.size(), topic_[1].records.size()}; return true;
        case 1:
            if (arming.ticket.epoch <= row_.epoch) return false;
            row_.epoch = arming.ticket.epoch;
            for (std::int32_t partition = 0; partition < 2; ++partition) {
                fences_.push_back({row_.epoch, partition, static_cast<std::int64_t>(arming.ends[static_cast<std::size_t>(partition)])});
            }
            known_.rounds[row_.round] = row_;
            known_.fences[row_.round] = fences_;
            return true;
        case 2:
            for (const auto& coupon : rows_)
                arming.known.ledger.emplace(coupon.user, coupon.slot);
            return true;
        case 3: read_topic(arming); return true;
        case 4:
            if (!gate_) return false;
            for (const auto& [user, claim] : gate_->claims)
                arming.known.gate.emplace(user, claim.slot);
            return true;
        default: break;
        }
        const auto plan = plan_restore(arming.known, row_.limit);
        if (!plan.contradictions.empty()) contradicted_ = true;
        if (!plan.contradictions.empty() || !restore(gate_, arming.ticket, plan.missing, server_)) return false;
        static_cast<void>(arm(gate_, arming.ticket, plan.order, server_).operator bool());
        return false;
    }

    void read_topic(Arming& arming) {
        for (std::int32_t partition = 0; partition < 2; ++partition) {
            const auto end = arming.ends[static_cast<std::size_t>(partition)];
            for (std::size_t i = 0; i < end; ++i) {
                const auto& record = topic_[static_cast<std::size_t>(partition)].records[i];
                const auto admitted = admit(record, {partition, static_cast<std::int64_t>(i)}, &row_, fences_);
                if (admitted.admission == Admission::issue) arming.known.topic.emplace(record.grant.user, record.grant.slot);
            }
        }
    }

    void redrive(Network network) {
        if (!is_armed(gate_)) return;
        const auto pending = gate_->outbox;
        for (const auto& [user, entry] : pending) {
            const Grant grant{row_.round, entry.epoch, entry.slot, user, entry.granted_at};
            if (network == Network::lossy && happens(30)) {
                late_.push_back({row_.event, grant});
                continue;
            }
            append({row_.event, grant});
            if (network == Network::healthy || happens(70)) static_cast<void>(confirm(gate_, grant, server_).operator bool());
        }
    }

    std::mt19937_64 chance_;
    std::int64_t now_ns_ = 0;
    std::int64_t servers_ = 1;
    ServerIdentity server_{"run-1", "replication-1"};
    GateMemory gate_;
    std::vector<GateMemory> saved_; ///< what the server may come back with
    std::vector<Arming> armings_;
    std::array<Log, 2> topic_;
    std::vector<IssueRecord> late_; ///< on their way, to arrive at any time
    RoundRow row_;
    std::vector<Fence> fences_;
    KnownRows known_;
    std::vector<Coupon> rows_;
    std::vector<FailedEvent> failed_;
    std::vector<Running> applications_;
    bool contradicted_ = false;
};

} // namespace coupon
