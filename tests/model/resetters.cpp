#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/reset_call.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

Fault conflict(const char* what) {
    return {FaultKind::conflict, what, {}};
}

Round highest_on_topic(const TopicSide& topic) {
    Round highest(0);
    for (const auto& one : topic.partitions) {
        for (auto offset = one.low; offset < static_cast<std::int64_t>(one.records.size()); ++offset)
            highest = std::max(highest, one.records[static_cast<std::size_t>(offset)].round);
    }
    return highest;
}

} // namespace

void ResetCall::make() {
    const auto stage = reset_.way.stage();
    switch (stage) {
    case ResetStage::read: read(); break;
    case ResetStage::close_round: close_round(); break;
    case ResetStage::close_gate: close_gate(); break;
    case ResetStage::settle: settle(); break;
    case ResetStage::abandon_round: abandon_round(); break;
    case ResetStage::give_up_gate: answer(call_give_up(after_, reset_.way.closed_mark())); break;
    case ResetStage::list_claims: list_claims(); break;
    case ResetStage::read_topic: reset_.way.on_topic_read(highest_on_topic(before_.topic())); break;
    case ResetStage::insert_round: insert_round(); break;
    case ResetStage::purge: purge(); break;
    case ResetStage::create_gate: create_gate(); break;
    case ResetStage::finish_opening: finish_opening(); break;
    case ResetStage::open_gate: open_gate(); break;
    case ResetStage::done:
    case ResetStage::refused: return;
    }
    if (reset_.way.stage() != stage) reset_.call = 0;
    take_with(reset_, after_);
}

/// One possible outcome of the call. Whoever has ended needs no memory.
void ResetCall::take_with(const Resetter& reset, const Scene& scene) {
    Scene after = scene;
    const auto stage = reset.way.stage();
    const bool has_ended = stage == ResetStage::done || stage == ResetStage::refused;
    if (stage == ResetStage::done) after.note(reset.way.is_resuming() ? Situation::reset_resumed : Situation::reset_done);
    if (stage == ResetStage::refused) after.note(Situation::reset_refused);
    after.set(who_, has_ended ? Resetter{} : reset);
    take_(Act::reset_calls, who_, after);
}

void ResetCall::read() {
    if (reset_.call++ == 0) {
        if (before_.gate().memory) reset_.gate = GateMark{before_.gate().memory->fields.round, before_.gate().memory->fields.token};
        return;
    }
    const auto highest = before_.ledger().highest();
    auto closer = before_.closer();
    const bool has_told = closer.stands == Closer::Stands::runs && highest && closer.way.mine() == highest->owner;
    if (has_told || closer.stands == Closer::Stands::closed) {
        closer.before_reset = true;
        after_.set(closer);
    }
    reset_.way.on_read(ResetReading{reset_.gate, highest});
    reset_.gate.reset();
}

/// The program reads the owner even earlier, before it reads gate and ledger for this stage.
Result<RoundRow> ResetCall::close_round_in_ledger() {
    const auto seen = *reset_.way.highest_row();
    return change_round(after_, token(), [&](const auto& highest) {
        return has_bug(Bug::reset_overrules_close) ? close_round_row(highest, seen.round, token())
                                                   : close_owned_round_row(highest, seen.round, seen.owner, token());
    });
}

void ResetCall::close_round() {
    const bool gate_first = has_bug(Bug::gate_before_ledger) && reset_.way.seen();
    const auto row = close_round_in_ledger();
    if (gate_first || has_bug(Bug::closed_in_gate_only)) after_ = before_;
    if (gate_first) {
        if (const auto closed = call_close(after_, *reset_.way.seen(), token()); !closed) return reset_.way.on_round_closed(closed.fault());
    }
    reset_.way.on_round_closed(row);
}

void ResetCall::close_gate() {
    if (!reset_.way.seen()) return answer(Done{});
    if (has_bug(Bug::gate_before_ledger)) return answer(status_of(close_round_in_ledger()));
    answer(call_close(after_, *reset_.way.seen(), token()));
}

void ResetCall::insert_round() {
    auto ledger = before_.ledger();
    auto highest = ledger.highest();
    if (highest && (has_bug(Bug::ledger_ignores_owner) || has_bug(Bug::closed_in_gate_only))) highest->owner = token();
    if (highest && has_bug(Bug::closed_in_gate_only)) highest->state = RoundState::closed;
    const RoundRow fresh{event_name, reset_.way.new_round(), Limit(before_.bounds().limit), topic_name, RoundState::opening, Epoch(1), {},
                         token()};
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

void ResetCall::purge() {
    // A purge may fail; then nothing is purged and the reset goes on.
    Resetter failed = reset_;
    failed.way.on(conflict("the topic cannot be purged"));
    take_with(failed, before_);

    auto topic = before_.topic();
    const auto stored = before_.ledger().purge_offsets.find(reset_.way.new_round());
    auto offsets = stored == before_.ledger().purge_offsets.end() ? std::map<std::int32_t, std::int64_t>{} : stored->second;
    if (has_bug(Bug::purge_ignores_stored_ends)) offsets = topic.ends();
    for (const auto& [partition, offset] : offsets) {
        auto& low = topic.partitions[static_cast<std::size_t>(partition)].low;
        low = std::max(low, offset);
    }
    after_.set(topic);
    answer(Done{});
}

bool ResetCall::is_highest_mine() const {
    const auto highest = before_.ledger().highest();
    return highest && highest->round == reset_.way.new_round();
}

void ResetCall::create_gate() {
    if (reset_.call++ == 0) {
        if (!is_highest_mine()) reset_.way.on_created(conflict("another reset took over"));
        return;
    }
    reset_.way.on_created(call_create(after_, {reset_.way.new_round(), Limit(before_.bounds().limit), {}, token()}));
}

Status ResetCall::finish_round_in_ledger() {
    return status_of(
        change_round(after_, token(), [&](const auto& highest) { return finish_round_row(highest, reset_.way.new_round(), token(), {}); }));
}

void ResetCall::finish_opening() {
    if (reset_.call++ == 0) {
        const auto& memory = before_.gate().memory;
        const auto door = has_bug(Bug::new_gate_is_armed) ? GateDoor::open : GateDoor::closed;
        const bool is_right = is_highest_mine() && memory && memory->fields.round == reset_.way.new_round() &&
                              memory->fields.token == token() && memory->fields.door == door && memory->claims.empty();
        if (!is_right) answer(conflict("the new gate is not as it was created"));
        return;
    }
    if (has_bug(Bug::gate_before_ledger)) {
        answer(call_open_and_arm(after_, reset_.way.created_mark(), reset_.way.created_with()));
    } else {
        answer(finish_round_in_ledger());
    }
}

void ResetCall::open_gate() {
    if (has_bug(Bug::gate_before_ledger)) return answer(finish_round_in_ledger());
    switch (reset_.call++) {
    case 0: {
        const auto opened = call_open_and_arm(after_, reset_.way.created_mark(), reset_.way.created_with());
        if (opened || opened.fault().kind != FaultKind::conflict) answer(opened);
        return;
    }
    case 1: {
        const auto& memory = before_.gate().memory;
        const bool is_mine = memory && memory->fields.round == reset_.way.new_round() && memory->fields.token == token();
        if (!is_mine) return answer(conflict("somebody else acted on the gate"));
        if (!is_gate_armed(before_)) reset_.call = 0;
        return;
    }
    case 2: answer(call_reopen(after_, reset_.way.created_mark(), token())); return;
    }
}

void advance_resetter(const Scene& scene, std::size_t who, const Take& take) {
    ResetCall(scene, who, take).make();
}

void step_resetter(const Scene& scene, std::size_t who, const Take& take) {
    if (scene.resetter(who).runs) {
        advance_resetter(scene, who, take);
        return;
    }
    if (!scene.has_left(Left::resets)) return;
    Scene after = scene;
    Resetter begun;
    begun.runs = true;
    const auto number = scene.used(Left::resets, scene.bounds().resets) + 1;
    begun.way = Resetting("reset-" + std::to_string(number), scene.bounds().forced_resets ? Force::yes : Force::no);
    after.use(Left::resets);
    after.set(who, begun);
    take(Act::reset_starts, who, after);
}

} // namespace coupon::model
