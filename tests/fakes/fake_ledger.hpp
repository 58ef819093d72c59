#pragma once

#include "core/batch_rule.hpp"
#include "core/lost_log.hpp"
#include "core/refused_rows.hpp"
#include "core/round_change.hpp"
#include "core/unknown_event.hpp"
#include "fakes/fake_tables.hpp"
#include "ledger/ledger.hpp"

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coupon {

/// What becomes of a call to the fake ledger instead of its answer.
enum class LedgerTrouble {
    none,
    reply_lost,  ///< it is committed, the reply is lost: unknown (for a reader, who changes nothing: unreachable)
    refused,     ///< the server says no for now; no effect
    unreachable, ///< no connection; no effect
    denied,      ///< the account may not; no effect
};

/// A ledger in memory. Batches are judged by core/batch_rule.hpp, rounds changed by core/round_change.hpp; tables and troubles are the
/// test's to set. Not thread-safe.
class FakeLedger final : public Ledger {
public:
    FakeLedger(std::string event, std::string topic, std::shared_ptr<FakeTables> tables = std::make_shared<FakeTables>())
        : event_(std::move(event)), topic_(std::move(topic)), tables_(std::move(tables)) {}
    FakeLedger(const FakeLedger&) = delete;
    FakeLedger& operator=(const FakeLedger&) = delete;
    ~FakeLedger() override {
        std::erase_if(tables_->reset_locks, [this](const auto& lock) { return lock.second == this; });
    }

    [[nodiscard]] FakeTables& tables() { return *tables_; }

    /// The next `calls` calls meet this trouble; without a number, all until the next trouble is set.
    void meet(LedgerTrouble trouble, int calls = std::numeric_limits<int>::max()) {
        trouble_ = trouble;
        troubled_calls_ = calls;
        healthy_calls_ = 0;
    }

    /// The same, but only once `healthy` calls went well.
    void meet_after(LedgerTrouble trouble, int healthy) {
        meet(trouble);
        healthy_calls_ = healthy;
    }

    /// Called at each issue(), before it meets its trouble.
    std::function<void(std::span<const SourceRecord> batch)> on_issue;

    /// How many calls were made, troubled ones included.
    [[nodiscard]] int calls() const { return calls_; }

    Result<std::vector<RoundRow>> rounds(Deadline) override {
        return read([&] { return tables_->rounds_of(event_); });
    }

    Result<std::vector<std::string>> events(Deadline) override {
        return read([&] { return tables_->events(); });
    }

    Result<std::optional<std::string>> event_of_topic(Deadline) override {
        return read([&] { return tables_->event_of_topic(topic_); });
    }

    Result<std::vector<Coupon>> coupons(Round round, Deadline) override {
        return read([&] { return tables_->coupons_of(key(round)); });
    }

    Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline) override {
        return read([&] {
            auto coupons = tables_->coupons_of(key(round));
            std::erase_if(coupons, [&](const Coupon& one) { return one.slot <= slot; });
            coupons.resize(std::min(coupons.size(), static_cast<std::size_t>(most)), {slot, UserId(0)});
            return coupons;
        });
    }

    Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline) override {
        return read([&] { return tables_->coupons_of(key(round), user); });
    }

    Result<std::int64_t> coupon_count(Round round, Deadline) override {
        return read([&] { return static_cast<std::int64_t>(tables_->coupons_of(key(round)).size()); });
    }

    Result<std::vector<Fence>> fences(Round round, Deadline) override {
        return read([&] { return tables_->fences_of(key(round)); });
    }

    Result<std::vector<FailedEvent>> failed(Deadline) override {
        return read([&] { return tables_->failed_of(topic_); });
    }

    Result<std::vector<RecordIdentity>> failed_identities(Deadline) override {
        return read([&] {
            std::vector<RecordIdentity> records;
            for (const auto& event : tables_->failed_of(topic_))
                records.push_back(event.identity());
            return records;
        });
    }

    Result<SettledTopic> settled_topic(Deadline) override {
        return read([&] { return tables_->settled_topic_of(event_, topic_); });
    }

    Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most, Deadline) override {
        return read([&] { return tables_->open_of(topic_, after, most); });
    }

    Result<NamedClaims> failed_claims(Round round, Deadline) override {
        return read([&] {
            NamedClaims claims;
            for (const auto& [where, one] : tables_->failed) {
                const auto named = read_record({where.second.at, one.raw}).record;
                if (where.first != topic_ || one.event.resolved || one.event.kind == FailedKind::not_signed) continue;
                if (!named || named->event != event_ || named->grant.round != round) continue;
                (one.event.dismissed_why ? claims.dismissed : claims.open).push_back({named->grant.user, named->grant.slot});
            }
            return claims;
        });
    }

    Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline) override {
        return read([&] { return tables_->counts_of(topic_, event_, which); });
    }

    Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline) override {
        return read([&] { return tables_->purge_offsets_of(key(round)); });
    }

    Result<LedgerSnapshot> snapshot(Round round, Deadline) override {
        return read([&] { return tables_->snapshot_of(event_, topic_, round); });
    }

    Result<LedgerSettings> settings(Deadline) override {
        return unless_troubled<LedgerSettings>(FaultKind::unreachable, [&]() -> Result<LedgerSettings> {
            auto answer = tables_->told;
            answer.now = tables_->now;
            if (!tables_->exist) answer.missing_tables = {"coupon_round"};
            answer.leftovers->failed_events = tables_->counts_of(topic_, event_);
            for (const auto& [where, claims] : tables_->abandoned)
                if (where.first == event_ && !claims.empty())
                    answer.leftovers->abandoned_claims[where.second.value()] = static_cast<std::int64_t>(claims.size());
            answer.leftovers->purged_to = tables_->snapshot_of(event_, topic_, Round(0)).purged_to;
            answer.leftovers->event_of_topic = tables_->event_of_topic(topic_);
            return answer;
        });
    }

    Status create_schema(Deadline) override {
        return unless_troubled<Done>(FaultKind::unknown, [&]() -> Status {
            tables_->exist = true;
            return Done{};
        });
    }

    Status check_schema(Deadline) override {
        return change<Done>([]() -> Status { return Done{}; });
    }

    void watch_epochs(std::shared_ptr<EpochWatch> watch) override { watch_ = std::move(watch); }

    Status keep_void(Round round, std::span<const VoidClaim> claims, Deadline) override {
        return change<Done>([&]() -> Status {
            const auto row = tables_->rounds.find(key(round));
            const auto found = row == tables_->rounds.end() ? std::nullopt : std::optional(row->second);
            if (auto same = unless_armed_again(found, round, claims); !same) return same;
            auto& kept = tables_->voided[key(round)];
            for (const auto& claim : claims) {
                if (std::find(kept.begin(), kept.end(), claim) == kept.end()) kept.push_back(claim);
            }
            std::sort(kept.begin(), kept.end(),
                      [](const VoidClaim& a, const VoidClaim& b) { return std::pair(a.user, a.epoch) < std::pair(b.user, b.epoch); });
            return Done{};
        });
    }

    Result<std::vector<RecordOutcome>> issue(std::span<const SourceRecord> batch, Deadline) override {
        if (on_issue) on_issue(batch);
        return change<std::vector<RecordOutcome>>([&] {
            auto outcomes = issue_batch(batch);
            if (!outcomes) return outcomes;
            auto& positions = tables_->positions[{event_, topic_}];
            for (const auto& [partition, part] : parts_of(batch)) {
                const auto stored = positions.find(partition);
                positions[partition] = position_behind(part, stored == positions.end() ? std::nullopt : std::optional(stored->second));
            }
            return outcomes;
        });
    }
    Result<std::vector<RecordOutcome>> issue_skipped(std::span<const SourceRecord> batch, Deadline) override {
        if (on_issue) on_issue(batch);
        return change<std::vector<RecordOutcome>>([&] { return issue_batch(batch); });
    }

    Result<RetryOutcome> retry_failed(const std::optional<RecordIdentity>& after, std::int64_t most, Deadline) override {
        return change<RetryOutcome>([&] {
            std::vector<RecordIdentity> records;
            for (const auto& one : tables_->open_of(topic_, after, most))
                records.push_back(one.event.identity());
            auto outcome = retry_those(records, Gate::was_not_asked);
            if (!records.empty()) outcome.last = records.back();
            return Result<RetryOutcome>(std::move(outcome));
        });
    }

    Result<RetryOutcome> retry(std::span<const RecordIdentity> records, const std::map<Round, Epoch>& epochs, Deadline) override {
        return change<RetryOutcome>([&]() -> Result<RetryOutcome> {
            if (auto same = unless_fenced(epochs, tables_->known_of(event_)); !same) return same.fault();
            return retry_those(records, Gate::was_compared);
        });
    }

    Result<std::int64_t> dismiss(const FailedSelection& which, const std::string& why, std::int64_t most, Deadline) override {
        return change<std::int64_t>([&]() -> Result<std::int64_t> {
            std::int64_t dismissed = 0;
            for (auto& [where, one] : tables_->failed) {
                if (where.first != topic_ || !FakeTables::is_open(one.event) || !FakeTables::is_selected(one.event, which)) continue;
                if (dismissed == most) break;
                one.event.dismissed_why = why;
                ++dismissed;
            }
            return dismissed;
        });
    }

    Result<RoundState> store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place,
                                   Deadline) override {
        return change<RoundState>([&]() -> Result<RoundState> {
            if (ends.empty()) return Fault{FaultKind::usage, "a fence needs the end offset of every partition, none was given", {}};
            auto row = write(raise_epoch_row(highest(), round, epoch, place));
            if (!row) return row.fault();
            for (const auto& [partition, end] : ends)
                tables_->fences[key(round)].push_back({epoch, partition, end.offset, end.below});
            return row->state;
        });
    }

    Status begin_fences_at_zero(Round round, std::span<const Fence> lost, Deadline) override {
        return change<Done>([&]() -> Status {
            for (const auto& fence : lost)
                begin_again_at_zero(tables_->fences[key(round)], fence);
            return Done{};
        });
    }

    Status list_address(Round round, Epoch epoch, const ArmingPlace& place, Deadline) override {
        return change<Done>([&] { return done(write(list_address_row(highest(), round, epoch, place))); });
    }

    Status lock_resets(Deadline) override {
        // A lock needs no table.
        return unless_troubled<Done>(FaultKind::unknown, [&]() -> Status {
            const auto lock = tables_->reset_locks.emplace(event_, this).first;
            if (lock->second == this) return Done{};
            return Fault{FaultKind::already_running, "another coupon-reset or coupon-consume --recover of event " + event_ + " is at work",
                         "wait until it has ended"};
        });
    }

    Result<RoundRow> close_round(Round round, const std::string& token, Deadline) override {
        return change<RoundRow>([&] { return write(close_round_row(highest(), round, token)); });
    }
    Result<RoundRow> close_owned_round(Round round, const std::string& owner, const std::string& token, Deadline) override {
        return change<RoundRow>([&] { return write(close_owned_round_row(highest(), round, owner, token)); });
    }
    Result<RoundRow> reopen_round(Round round, const std::string& owner, const std::string& token, const std::optional<Instant>& closes_at,
                                  Deadline) override {
        return change<RoundRow>([&] { return write(reopen_round_row(highest(), round, owner, token, closes_at)); });
    }
    Status abandon_round(Round round, const std::string& token, Deadline) override {
        return change<Done>([&] { return done(write(abandon_round_row(highest(), round, token))); });
    }
    Status finish_opening(Round round, const std::string& token, const GateHome& home, Deadline) override {
        return change<Done>([&] { return done(write(finish_round_row(highest(), round, token, home))); });
    }

    Status insert_round(const NewRound& fresh, Deadline) override {
        return change<Done>([&] { return insert(fresh); });
    }

    Result<std::int64_t> purge_before(Round keep_from, Deadline) override {
        return change<std::int64_t>([&]() -> Result<std::int64_t> {
            std::int64_t dropped = 0;
            for (auto& [where, row] : tables_->rounds) {
                if (where.first != event_ || row.round >= keep_from) continue;
                if (row.state != RoundState::purged && !may_become(row.state, RoundState::purged)) continue;
                row.state = RoundState::purged;
                dropped += static_cast<std::int64_t>(tables_->coupons[where].size());
                tables_->coupons.erase(where);
            }
            return dropped;
        });
    }

private:
    [[nodiscard]] FakeTables::Key key(Round round) const { return {event_, round}; }

    /// The answer of `act`, or what the trouble makes of it; `lost` is what a lost reply means.
    template <class T, class Act>
    Result<T> unless_troubled(FaultKind lost, Act act) {
        ++calls_;
        const auto trouble = troubled_calls_ > 0 && healthy_calls_ == 0 ? trouble_ : LedgerTrouble::none;
        if (healthy_calls_ > 0) --healthy_calls_;
        if (trouble != LedgerTrouble::none) --troubled_calls_;
        switch (trouble) {
        case LedgerTrouble::none: return act();
        case LedgerTrouble::reply_lost: {
            auto answer = act();
            if (!answer) return answer;
            return Fault{lost, "lost the fake ledger before it answered", "repeat the call"};
        }
        case LedgerTrouble::refused: return Fault{FaultKind::refused, "the fake ledger cannot do it now", "repeat it later"};
        case LedgerTrouble::denied: return Fault{FaultKind::denied, "the account may not do it in the fake ledger", "GRANT it"};
        case LedgerTrouble::unreachable: break;
        }
        return Fault{FaultKind::unreachable, "cannot reach the fake ledger", "is it up?"};
    }

    template <class T, class Act>
    Result<T> change(Act act) {
        return unless_troubled<T>(FaultKind::unknown, [&]() -> Result<T> {
            if (!tables_->exist) return no_tables();
            return act();
        });
    }

    template <class Act>
    auto read(Act act) -> Result<std::invoke_result_t<Act>> {
        using T = std::invoke_result_t<Act>;
        return unless_troubled<T>(FaultKind::unreachable, [&]() -> Result<T> {
            if (!tables_->exist) return no_tables();
            return act();
        });
    }

    static Fault no_tables() { return {FaultKind::missing, "the ledger lacks table coupon_round", "run coupon-reset"}; }

    static Status done(const Result<RoundRow>& row) { return row ? Status(Done{}) : row.fault(); }

    [[nodiscard]] std::optional<RoundRow> highest() const { return tables_->highest_of(event_); }

    Result<RoundRow> write(Result<RoundRow> row) {
        if (row) tables_->rounds[key(row->round)] = *row;
        return row;
    }

    void store(const Grant& grant) {
        tables_->coupons[key(grant.round)][grant.slot] = {{grant.slot, grant.user}, grant.granted_at, tables_->now};
    }

    Result<std::vector<RecordOutcome>> issue_batch(std::span<const SourceRecord> batch) {
        const auto read = read_batch(batch);
        if (!tables_->highest_of(event_)) return no_round_of(event_, tables_->events());
        auto rows = tables_->known_of(event_);
        if (auto current = unless_behind(read, rows); !current) return current.fault();
        std::vector<RecordOutcome> outcomes;
        for (const auto& record : read)
            outcomes.push_back(judge_or_refuse(record, rows));
        if (refuses_all(outcomes, refused_before_))
            return Fault{FaultKind::corrupt, "the fake ledger refused the row of each of the last records, nothing was written", {}};
        refused_before_ = refused_since_issued(outcomes, refused_before_);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (outcomes[i].becomes == RecordClass::issued) store(read[i].record->grant);
            if (outcomes[i].becomes == RecordClass::failed)
                tables_->failed.emplace(std::pair(topic_, identity_of(batch[i])), failed_record_of(topic_, read[i], batch[i], outcomes[i]));
        }
        return outcomes;
    }

    /// What becomes of the record in a database that refuses the rows of some users.
    Settlement judge_or_refuse(const ReadRecord& record, KnownRows& rows) const {
        auto settlement = judge(record, event_, rows);
        if (!tables_->refuses || settlement.becomes != RecordClass::issued) return settlement;
        const auto& grant = record.record->grant;
        const auto words = tables_->refuses(grant.user);
        if (!words) return settlement;
        rows.slot_of.erase({grant.round, grant.user});
        rows.user_of.erase({grant.round, grant.slot});
        return refused_row(*words);
    }

    Status unless_behind(const std::vector<ReadRecord>& read, const KnownRows& rows) {
        const auto highest = tables_->highest_of(event_);
        const auto named = rounds_in(read, event_);
        for (const auto& [round, reached] : epochs_reached(read, event_, rows)) {
            if (!named.contains(round)) continue;
            const auto& row = rows.rounds.at(round);
            const auto met = watch_ == nullptr ? reached : std::max(reached, watch_->highest(round));
            if (met > row.epoch && round != highest->round) continue;
            if (watch_ != nullptr) watch_->meet(round, met);
            if (met > row.epoch) return ledger_lost_an_arming(row, met);
        }
        return Done{};
    }

    enum class Gate { was_compared, was_not_asked };

    RetryOutcome retry_those(std::span<const RecordIdentity> records, Gate gate) {
        auto rows = tables_->known_of(event_);
        RetryOutcome outcome;
        for (const auto& one : records) {
            const auto found = tables_->failed.find({topic_, one});
            if (found == tables_->failed.end() || !FakeTables::is_open(found->second.event)) continue;
            auto& failed = found->second.event;
            const auto record = read_record({one.at, found->second.raw});
            auto settlement = judge_or_refuse(record, rows);
            if (settlement.becomes == RecordClass::issued && gate == Gate::was_not_asked) {
                const auto& grant = record.record->grant;
                if (auto why = not_without_the_gate(grant, rows.rounds.at(grant.round)); !why.empty()) {
                    settlement = {RecordClass::failed, FailedKind::conflict, std::move(why)};
                    rows = tables_->known_of(event_);
                }
            }
            if (settlement.becomes == RecordClass::issued) store(record.record->grant);
            note_try(failed, settlement);
            (failed.resolved ? outcome.resolved : outcome.still_failed).push_back(failed);
        }
        return outcome;
    }

    Status insert(const NewRound& fresh) {
        if (fresh.row.event != event_) {
            return Fault{FaultKind::usage, "a round of event " + fresh.row.event + " does not belong to event " + event_, {}};
        }
        RoundInsertion insertion{fresh.previous, !fresh.given_up.empty(), tables_->event_of_topic(fresh.row.topic, event_)};
        for (const auto& row : tables_->rounds_of(event_))
            if (fresh.row.once_key && row.once_key == fresh.row.once_key) insertion.opened_once = row.round;
        const auto verdict = may_insert_round(highest(), fresh.row, insertion);
        if (!verdict) return verdict.fault();
        if (*verdict == InsertVerdict::done_before) return Done{};
        const auto rows = tables_->known_of(event_);
        for (const auto& claim : fresh.given_up) {
            const auto row = rows.slot_of.find(std::pair(*fresh.previous, claim.user));
            if (row == rows.slot_of.end() || row->second != claim.slot)
                tables_->abandoned[key(*fresh.previous)].emplace(claim.slot, claim.user);
        }
        tables_->rounds[key(fresh.row.round)] = fresh.row;
        tables_->purge_offsets[key(fresh.row.round)] = fresh.purge_offsets;
        return Done{};
    }

    std::shared_ptr<EpochWatch> watch_;
    std::size_t refused_before_ = 0; ///< records whose rows were refused since one was issued
    std::string event_;
    std::string topic_;
    std::shared_ptr<FakeTables> tables_;
    LedgerTrouble trouble_ = LedgerTrouble::none;
    int troubled_calls_ = 0;
    int healthy_calls_ = 0;
    int calls_ = 0;
};

} // namespace coupon
