#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/reset_call.hpp"

#include <algorithm>

/// How a reset finds out that the old round is settled, or gives it up.
namespace coupon::model {

namespace {

/// The calls of the stage settle: two to take a gate over, three readings of one look, claims, rows.
constexpr int first_reading = 2;
constexpr int after_readings = 5;

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

} // namespace

/// Not settled: looks again, or, forced, gives up the round.
void ResetCall::not_settled() {
    reset_.call = 0;
    reset_.look = {};
    reset_.claims.clear();
    reset_.ends.clear();
    if (!before_.bounds().forced_resets) return;
    Resetter given_up = reset_;
    given_up.way.on_settled(std::vector<std::string>{"not settled"});
    take_with(given_up, after_);
}

/// I7 at the moment it is asserted: found quiescent, the round has a row for each of its claims, unless another reset gave it up.
bool ResetCall::is_misjudged() const {
    const auto& memory = *before_.gate().memory;
    const auto round = before_.ledger().rows.rounds.find(memory.fields.round);
    if (round == before_.ledger().rows.rounds.end() || round->second.state == RoundState::abandoned) return false;
    const auto& rows = before_.ledger().rows.slot_of;
    return std::any_of(memory.claims.begin(), memory.claims.end(), [&](const auto& claim) {
        const auto row = rows.find({memory.fields.round, claim.first});
        return row == rows.end() || row->second != claim.second.slot;
    });
}

/// A gate that somebody made anew since this reset began is closed and gets its token, before the look.
void ResetCall::take_over_gate() {
    if (reset_.call++ == 0) {
        const auto& memory = before_.gate().memory;
        if (!memory) return not_settled();
        if (memory->fields.round == reset_.way.old_round()) {
            reset_.gate = GateMark{memory->fields.round, memory->fields.token};
        } else {
            reset_.call = first_reading;
        }
        return;
    }
    const auto closed = call_close(after_, *reset_.gate, token());
    reset_.gate.reset();
    if (!closed) not_settled();
}

/// The three readings of flow/quiescent.cpp. One that shows already that the round is not quiescent ends the look: the others could not
/// change that.
void ResetCall::look() {
    const bool ends_first = has_bug(Bug::outbox_read_after_ends);
    const auto reading = reset_.call++ - first_reading;
    if (reading == 2 || reading == (ends_first ? 1 : 0)) {
        if (!before_.gate().memory) return not_settled();
        reset_.look.after = pulse_of(before_);
        if (reading < 2) reset_.look.before = reset_.look.after;
    } else {
        reset_.look.partitions = lag_of(before_.topic());
        if (ends_first) reset_.look.before.armed = reset_.look.after.armed = true;
    }
    if (!has_bug(Bug::reset_ignores_quiescence) && !not_quiescent_because(reset_.look).empty()) return not_settled();
    if (reading < 2) return;
    reset_.misjudged = !has_bug(Bug::reset_ignores_quiescence) && is_misjudged();
    for (const auto& one : reset_.look.partitions)
        reset_.ends[one.partition] = one.high;
    reset_.look = {};
}

void ResetCall::compare_with_rows() {
    if (reset_.call++ == after_readings) {
        const auto& memory = before_.gate().memory;
        if (!memory) return not_settled();
        for (const auto& [user, claim] : memory->claims)
            reset_.claims.emplace(user, claim.slot);
        return;
    }
    const auto& rows = before_.ledger().rows.slot_of;
    const bool is_missing = std::any_of(reset_.claims.begin(), reset_.claims.end(), [&](const auto& claim) {
        const auto row = rows.find({reset_.way.old_round(), claim.first});
        return row == rows.end() || row->second != claim.second;
    });
    const bool ignores = has_bug(Bug::reset_ignores_quiescence) || has_bug(Bug::reset_ignores_missing_rows);
    if (is_missing && !ignores) return not_settled();
    reset_.claims.clear();
    reset_.way.on_settled(std::vector<std::string>{});
}

void ResetCall::settle() {
    if (reset_.call < first_reading) {
        if (!reset_.way.seen()) return take_over_gate();
        reset_.call = first_reading;
    }
    reset_.call < after_readings ? look() : compare_with_rows();
}

void ResetCall::abandon_round() {
    const auto row =
        change_round(after_, token(), [&](const auto& highest) { return abandon_round_row(highest, reset_.way.old_round(), token()); });
    if (row) after_.note(Situation::round_abandoned);
    answer(status_of(row));
}

void ResetCall::list_claims() {
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

} // namespace coupon::model
