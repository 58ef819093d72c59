#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"

#include <algorithm>

/// What flow/reset.cpp and flow/reset_settle.cpp do, one call to a server at a time. Arming is left to the armers beside it, and the wait
/// for a quiescent round to whoever is scheduled.
namespace coupon::model {

namespace {

/// Locks the highest round, changes it by the rule, writes it back.
template <class Rule>
Result<RoundRow> change_round(Scene& scene, const std::string& token, const Rule& rule) {
    auto ledger = scene.ledger();
    auto highest = ledger.highest();
    if (highest && scene.is_mutated(Mutation::ledger_ignores_owner)) highest->owner = token;
    auto row = rule(highest);
    if (!row) return row;
    ledger.rows.rounds[row->round] = *row;
    scene.set(ledger);
    return row;
}

Status status_of(const Result<RoundRow>& row) {
    return row ? Status(Done{}) : Status(row.fault());
}

GatePulse pulse_of(const Scene& scene) {
    const auto& fields = scene.gate().memory->fields;
    const auto outbox = static_cast<std::int64_t>(scene.gate().memory->outbox.size());
    return {is_gate_armed(scene), fields.round, fields.epoch, fields.granted, fields.published, outbox};
}

std::vector<PartitionLag> lag_of(const TopicSide& topic) {
    std::vector<PartitionLag> lags;
    for (const auto& one : topic.partitions) {
        lags.push_back({static_cast<std::int32_t>(lags.size()), one.low, static_cast<std::int64_t>(one.records.size()), one.committed});
    }
    return lags;
}

Round highest_on_topic(const TopicSide& topic) {
    Round highest(0);
    for (const auto& one : topic.partitions) {
        for (auto offset = one.low; offset < static_cast<std::int64_t>(one.records.size()); ++offset)
            highest = std::max(highest, one.records[static_cast<std::size_t>(offset)].round);
    }
    return highest;
}

/// One call of one reset.
class Call {
public:
    Call(const Scene& scene, std::size_t who, const Take& take)
        : before_(scene), after_(scene), who_(who), take_(take), reset_(scene.resetter(who)) {}

    void make() {
        const auto stage = reset_.way.stage();
        switch (stage) {
        case ResetStage::read: read(); break;
        case ResetStage::close_round: close_round(); break;
        case ResetStage::close_gate: close_gate(); break;
        case ResetStage::settle: settle(); break;
        case ResetStage::abandon_round:
            answer(status_of(change_round(
                after_, token(), [&](const auto& highest) { return abandon_round_row(highest, reset_.way.old_round(), token()); })));
            break;
        case ResetStage::give_up_gate: answer(call_give_up(after_, reset_.way.closed_mark())); break;
        case ResetStage::list_claims: list_claims(); break;
        case ResetStage::insert_round: insert_round(); break;
        case ResetStage::purge: purge(); break;
        case ResetStage::create_gate: create_gate(); break;
        case ResetStage::finish_opening: finish_opening(); break;
        case ResetStage::open_gate: open_gate(); break;
        case ResetStage::done:
        case ResetStage::refused: return;
        }
        // Whoever has ended needs no memory.
        const auto next = reset_.way.stage();
        if (next == ResetStage::done || next == ResetStage::refused) reset_ = {};
        if (reset_.runs && next != stage) reset_.call = 0;
        after_.set(who_, reset_);
        take_(Act::reset_calls, who_, after_);
    }

private:
    [[nodiscard]] const std::string& token() const { return reset_.way.token(); }
    void answer(const Status& status) { reset_.way.on(status); }
    [[nodiscard]] Fault missing() const { return {FaultKind::missing, "there is no gate", {}}; }

    void read() {
        if (reset_.call++ == 0) {
            if (before_.gate().memory) reset_.gate = GateMark{before_.gate().memory->fields.round, before_.gate().memory->fields.token};
            return;
        }
        reset_.way.on_read(ResetReading{reset_.gate, before_.ledger().highest(), highest_on_topic(before_.topic())});
        reset_.gate.reset();
    }

    void close_round() {
        const auto rule = [&](const auto& highest) { return close_round_row(highest, reset_.way.highest_row()->round, token()); };
        if (before_.is_mutated(Mutation::ledger_after_gate) && reset_.way.seen()) {
            if (const auto closed = call_close(after_, *reset_.way.seen(), token()); !closed) {
                reset_.way.on_round_closed(closed.fault());
                return;
            }
            Scene unwritten = before_;
            reset_.way.on_round_closed(change_round(unwritten, token(), rule));
            return;
        }
        reset_.way.on_round_closed(change_round(after_, token(), rule));
    }

    void close_gate() {
        if (before_.is_mutated(Mutation::ledger_after_gate) && reset_.way.seen()) {
            return answer(status_of(change_round(
                after_, token(), [&](const auto& highest) { return close_round_row(highest, reset_.way.highest_row()->round, token()); })));
        }
        answer(reset_.way.seen() ? call_close(after_, *reset_.way.seen(), token()) : Status(Done{}));
    }

    /// Not settled: looks again, or, forced, gives up the round.
    void not_settled() {
        reset_.call = 0;
        reset_.look = {};
        reset_.claims.clear();
        if (!before_.bounds().forced_resets) return;
        Resetter given_up = reset_;
        given_up.way.on_settled(std::vector<std::string>{"not settled"});
        Scene after = after_;
        after.set(who_, given_up);
        take_(Act::reset_calls, who_, after);
    }

    void settle() {
        const auto& memory = before_.gate().memory;
        const bool ignores = before_.is_mutated(Mutation::reset_ignores_quiescence);
        switch (reset_.call++) {
        case 0:
            if (!memory) return not_settled();
            reset_.look.before = pulse_of(before_);
            return;
        case 1: reset_.look.partitions = lag_of(before_.topic()); return;
        case 2:
            if (!memory) return not_settled();
            reset_.look.after = pulse_of(before_);
            if (!not_quiescent_because(reset_.look).empty() && !ignores) return not_settled();
            for (const auto& one : reset_.look.partitions)
                reset_.ends[one.partition] = one.high;
            reset_.look = {};
            if (reset_.way.seen()) reset_.call = 5;
            return;
        case 3: // A gate that somebody made anew since this reset began gets its token.
            if (!memory) return not_settled();
            reset_.gate = GateMark{memory->fields.round, memory->fields.token};
            return;
        case 4: {
            const auto closed = call_close(after_, *reset_.gate, token());
            reset_.gate.reset();
            if (!closed) not_settled();
            return;
        }
        case 5:
            if (!memory) return not_settled();
            for (const auto& [user, claim] : memory->claims)
                reset_.claims.emplace(user, claim.slot);
            return;
        case 6: {
            const auto& rows = before_.ledger().rows.slot_of;
            const bool is_missing = std::any_of(reset_.claims.begin(), reset_.claims.end(), [&](const auto& claim) {
                const auto row = rows.find({reset_.way.old_round(), claim.first});
                return row == rows.end() || row->second != claim.second;
            });
            if (is_missing && !ignores && !before_.is_mutated(Mutation::reset_ignores_missing_rows)) return not_settled();
            reset_.claims.clear();
            reset_.way.on_settled(std::vector<std::string>{});
            return;
        }
        }
    }

    void list_claims() {
        const auto round = reset_.way.old_round();
        if (reset_.call++ == 0) {
            const auto& memory = before_.gate().memory;
            if (!memory || memory->fields.round != round) return;
            for (const auto& [user, claim] : memory->claims)
                reset_.claims.emplace(user, claim.slot);
            return;
        }
        reset_.ends = before_.topic().ends();
        for (const auto& one : before_.topic().partitions) {
            for (auto offset = one.low; offset < static_cast<std::int64_t>(one.records.size()); ++offset) {
                const auto& grant = one.records[static_cast<std::size_t>(offset)];
                if (grant.round == round) reset_.claims.emplace(grant.user, grant.slot);
            }
        }
        answer(Done{});
    }

    void insert_round() {
        auto ledger = before_.ledger();
        auto highest = ledger.highest();
        if (highest && before_.is_mutated(Mutation::ledger_ignores_owner)) highest->owner = token();
        const RoundRow fresh{
            event_name, reset_.way.new_round(), Limit(before_.bounds().limit), topic_name, RoundState::opening, Epoch(1), {}, token()};
        const auto previous = reset_.way.highest_row() ? std::optional(reset_.way.highest_row()->round) : std::nullopt;
        const auto verdict = may_insert_round(highest, fresh, {previous, !reset_.claims.empty(), std::nullopt});
        if (verdict) {
            ledger.rows.rounds[fresh.round] = fresh;
            for (const auto& [user, slot] : reset_.claims) {
                if (!ledger.rows.slot_of.contains({*previous, user})) ledger.given_up[*previous].emplace(slot, user);
            }
            ledger.purge_offsets[fresh.round] = reset_.ends;
            after_.set(ledger);
        }
        reset_.claims.clear();
        reset_.ends.clear();
        answer(verdict ? Status(Done{}) : Status(verdict.fault()));
    }

    void purge() {
        const auto offsets = before_.ledger().purge_offsets.find(reset_.way.new_round());
        // A purge may fail; then nothing is purged and the reset goes on.
        Resetter failed = reset_;
        failed.way.on(missing());
        Scene unpurged = before_;
        unpurged.set(who_, failed);
        take_(Act::reset_calls, who_, unpurged);

        auto topic = before_.topic();
        if (offsets != before_.ledger().purge_offsets.end()) {
            for (const auto& [partition, offset] : offsets->second) {
                auto& low = topic.partitions[static_cast<std::size_t>(partition)].low;
                low = std::max(low, offset);
            }
        }
        after_.set(topic);
        answer(Done{});
    }

    [[nodiscard]] bool is_highest_mine() const {
        const auto highest = before_.ledger().highest();
        return highest && highest->round == reset_.way.new_round();
    }

    void create_gate() {
        if (reset_.call++ == 0) {
            if (!is_highest_mine()) reset_.way.on_created(Fault{FaultKind::conflict, "another reset took over", {}});
            return;
        }
        reset_.way.on_created(call_create(after_, {reset_.way.new_round(), Limit(before_.bounds().limit), {}, token()}));
    }

    void finish_opening() {
        if (reset_.call++ == 0) {
            const auto& memory = before_.gate().memory;
            const bool is_right = is_highest_mine() && memory && memory->fields.round == reset_.way.new_round() &&
                                  memory->fields.token == token() && memory->fields.door == GateDoor::closed && memory->claims.empty();
            if (!is_right) answer(Fault{FaultKind::conflict, "the new gate is not as it was created", {}});
            return;
        }
        answer(status_of(change_round(after_, token(),
                                      [&](const auto& highest) { return finish_round_row(highest, reset_.way.new_round(), token()); })));
    }

    void open_gate() {
        switch (reset_.call++) {
        case 0: {
            const auto opened = call_open_and_arm(after_, reset_.way.created_mark(), reset_.way.created_with());
            if (opened || opened.fault().kind != FaultKind::conflict) answer(opened);
            return;
        }
        case 1: {
            const auto& memory = before_.gate().memory;
            const bool is_mine = memory && memory->fields.round == reset_.way.new_round() && memory->fields.token == token();
            if (!is_mine) return answer(Fault{FaultKind::conflict, "somebody else acted on the gate", {}});
            if (!is_gate_armed(before_)) reset_.call = 0;
            return;
        }
        case 2: answer(call_reopen(after_, reset_.way.created_mark(), token())); return;
        }
    }

    const Scene& before_;
    Scene after_;
    std::size_t who_;
    const Take& take_;
    Resetter reset_;
};

} // namespace

void advance_resetter(const Scene& scene, std::size_t who, const Take& take) {
    Call(scene, who, take).make();
}

void step_resetters(const Scene& scene, const Take& take) {
    bool has_tried_idle = false;
    for (std::size_t i = 0; i < most_resetters; ++i) {
        if (scene.resetter(i).runs) {
            advance_resetter(scene, i, take);
            continue;
        }
        if (has_tried_idle || !scene.has_left(Left::resets)) continue;
        has_tried_idle = true;
        Scene after = scene;
        Resetter begun;
        begun.runs = true;
        const auto number = scene.used(Left::resets, scene.bounds().resets) + 1;
        begun.way = Resetting("reset-" + std::to_string(number), scene.bounds().forced_resets ? Force::yes : Force::no);
        after.use(Left::resets);
        after.set(i, begun);
        take(Act::reset_starts, i, after);
    }
}

} // namespace coupon::model
