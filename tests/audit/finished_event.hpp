#pragma once

#include "audit/kept_records.hpp"
#include "audit/recovery_plan.hpp"

#include <algorithm>
#include <string>

namespace coupon {

/// What an audit reads after an event that went well, for tests to spoil. Round 4 of event "coupon". The users from 1 up asked one after
/// the other and the first `limit` of them were granted; user u has slot u, and record (u - 1) / 2 of partition (u - 1) % 2 + 1000 offsets
/// that earlier rounds used and the reset purged.
struct FinishedEvent {
    static constexpr std::int64_t first_offset = 1000;

    AuditInput input;
    FailedClaims failed; ///< what the failed events of its ledger say, for a recovery

    explicit FinishedEvent(std::int64_t limit = 10, std::int64_t users = 30) {
        input.event = "coupon";
        input.topic = "coupon_create";
        input.round = Round(4);
        input.ledger.emplace();
        input.topic_log.emplace();
        input.gate.emplace();
        for (std::int64_t round = 3; round <= 4; ++round) {
            RoundRow row;
            row.event = input.event;
            row.round = Round(round);
            row.limit = Limit(limit);
            row.topic = input.topic;
            row.state = round == 4 ? RoundState::open : RoundState::closed;
            input.ledger->rounds.push_back(row);
        }
        for (std::int32_t partition = 0; partition < 2; ++partition) {
            input.ledger->purged_to[partition] = first_offset;
            input.topic_log->partitions.push_back({partition, first_offset, first_offset, first_offset});
        }
        auto& gate = *input.gate;
        gate.server = {"run-1", "replication-1"};
        gate.fields.round = Round(4);
        gate.fields.epoch = Epoch(1);
        gate.fields.limit = Limit(limit);
        gate.fields.door = GateDoor::open;
        gate.fields.armed_with = gate.server;
        input.histories.push_back(new_history("a.jsonl"));
        for (std::int64_t user = 1; user <= users; ++user)
            apply(UserId(user), user <= limit ? Answer::granted : Answer::sold_out);
    }

    /// A closed one of this round without applications; each pid is another process.
    static History new_history(const std::string& path, std::int64_t pid = 100) {
        return {path, {"boot-1", pid, "coupon", Round(4), 1}, {}, {}, HistoryClosing{}, {}};
    }

    LedgerSnapshot& ledger() { return *input.ledger; }
    TopicSnapshot& topic() { return *input.topic_log; }
    GateSnapshot& gate() { return *input.gate; }
    History& history() { return input.histories.front(); }

    /// Asks after everything that was asked before, and gets this answer; a granted one goes all the way.
    void apply(UserId user, Answer answer) {
        std::optional<Slot> slot;
        if (answer == Answer::granted) {
            slot = Slot(gate().fields.granted + 1);
            claim(user, *slot);
            publish(user, *slot, Epoch(1));
            issue(user, *slot);
        }
        tell(user, answer, slot);
    }
    void tell(UserId user, Answer answer, std::optional<Slot> slot = std::nullopt) {
        now_ns_ += 100;
        HistoryEntry entry{++last_id_, user, now_ns_, now_ns_ + 50, answer, slot, std::nullopt};
        if (slot) entry.level = Level::published;
        history().entries.push_back(entry);
    }
    void claim(UserId user, Slot slot) {
        gate().claims.push_back({user, slot});
        ++gate().claims_size;
        ++gate().fields.granted;
        ++gate().fields.published;
    }
    /// An entry of the outbox, with the counters that belong to it.
    void leave_pending(UserId user, Slot slot) {
        gate().outbox.push_back({user, slot, Instant{}, gate().fields.epoch});
        ++gate().outbox_size;
        --gate().fields.published;
        input.not_quiescent_because.emplace_back("1 claim is pending");
    }
    /// Appends a record at the place where the round's partition goes on, read by the worker already.
    SourcePosition publish(UserId user, Slot slot, Epoch epoch, Round round = Round(4)) {
        return append(IssueRecord{input.event, {round, epoch, slot, user, Instant{}}}, static_cast<std::int32_t>((user.value() + 1) % 2));
    }
    SourcePosition append(const DecodedRecord& record, std::int32_t partition = 0) {
        auto& lag = topic().partitions[static_cast<std::size_t>(partition)];
        const SourcePosition at{partition, lag.high++};
        lag.committed = lag.high;
        ledger().positions[partition].next = lag.high;
        topic().records.add({at, record});
        return at;
    }
    void issue(UserId user, Slot slot) { ledger().coupons.push_back({slot, user}); }
    FailedEvent& fail(const SourcePosition& at, const std::string& reason, std::optional<UserId> user = std::nullopt) {
        FailedEvent event;
        event.topic = input.topic;
        event.at = at;
        event.reason = reason;
        event.user = user;
        if (user) event.round = Round(4);
        ledger().failed.push_back(event);
        topic().kept_as_failed.insert(event.identity());
        return ledger().failed.back();
    }

    Coupon& row_of(UserId user) { return find(ledger().coupons, user); }
    ClaimedSlot& claim_of(UserId user) { return find(gate().claims, user); }
    HistoryEntry told(UserId user) { return history().entries[place_of_told(user)]; }
    /// Lets `change` (HistoryEntry&) spoil what the user's first application was told.
    template <class Change>
    void retell(UserId user, const Change& change) {
        auto entry = told(user);
        change(entry);
        history().entries.replace(place_of_told(user), entry);
    }
    void retell(UserId user, Answer answer) {
        retell(user, [&](HistoryEntry& entry) {
            entry.answer = answer;
            entry.slot.reset();
        });
    }
    TopicRecord record_of(UserId user) { return topic().records[place_of_record(user)]; }
    void move_record(UserId user, Slot slot) {
        keep_records(topic().records, [&](TopicRecord& record) {
            auto* issue = std::get_if<IssueRecord>(&record.decoded);
            if (issue != nullptr && issue->grant.user == user) issue->grant.slot = slot;
            return true;
        });
    }

    void lose_row(UserId user) { drop(ledger().coupons, user); }
    /// As one command on the server would: the counters stay as they were.
    void lose_claim(UserId user) {
        drop(gate().claims, user);
        --gate().claims_size;
    }
    /// As if it had never been: the counters go with it.
    void forget_claim(UserId user) {
        lose_claim(user);
        --gate().fields.granted;
        --gate().fields.published;
    }
    void lose_record(UserId user) {
        const auto lost = record_of(user).at;
        keep_records(topic().records, [&](const TopicRecord& record) { return record.at != lost; });
    }
    void forget_history() { input.histories.clear(); }
    void forget_told(UserId user) {
        const auto id = told(user).id;
        keep_entries(history().entries, [&](const HistoryEntry& entry) { return entry.id != id; });
    }

    /// Everything of one user is gone, as if this user had not applied.
    void forget(UserId user) {
        lose_row(user);
        forget_claim(user);
        lose_record(user);
        forget_told(user);
    }

    /// As if users were applying and workers issuing while all this was read: the audit looked before and after, in one epoch, and saw the
    /// event go forward. What is there now was there at the look before, and every record was committed.
    Motion& keep_moving() {
        const auto& fields = gate().fields;
        const GatePulse pulse{true, fields.round, fields.epoch, fields.granted, fields.published, gate().outbox_size};
        const QuiescenceLook look{pulse, topic().partitions, pulse};
        input.motion = Motion{look, look, true, {}};
        input.not_quiescent_because.emplace_back("users are still applying");
        return *input.motion;
    }
    /// At the look before, no worker had come to this user's record yet.
    void not_read_before(UserId user) {
        const auto at = record_of(user).at;
        input.motion->before.partitions[static_cast<std::size_t>(at.partition)].committed = at.offset;
    }

    void enter_epoch(std::int64_t epoch) {
        ledger().rounds.back().epoch = Epoch(epoch);
        gate().fields.epoch = Epoch(epoch);
        if (!input.topic_log) return;
        for (const auto& lag : topic().partitions)
            ledger().fences[Round(4)].push_back({Epoch(epoch), lag.partition, lag.high});
    }

private:
    std::size_t place_of_record(UserId user) {
        std::size_t place = 0;
        while (!topic().records.grant(place) || topic().records.grant(place)->user != user)
            ++place;
        return place;
    }
    std::size_t place_of_told(UserId user) {
        std::size_t place = 0;
        while (history().entries.user(place) != user)
            ++place;
        return place;
    }
    template <class Things>
    static typename Things::value_type& find(Things& things, UserId user) {
        return *std::find_if(things.begin(), things.end(), [&](const auto& thing) { return thing.user == user; });
    }
    template <class Things>
    static void drop(Things& things, UserId user) {
        things.erase(std::find_if(things.begin(), things.end(), [&](const auto& thing) { return thing.user == user; }));
    }

    std::int64_t now_ns_ = 0;
    std::int64_t last_id_ = 0;
};

} // namespace coupon
