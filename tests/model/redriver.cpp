#include "model/actors.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

using Step = Redriver::Step;

std::size_t who(UserId user) {
    return static_cast<std::size_t>(user.value());
}

Scene with(const Scene& scene, const Redriver& redriver) {
    Scene after = scene;
    after.set(redriver);
    return after;
}

Scene with_record(const Scene& scene, const Grant& grant, std::vector<Grant> Air::*list) {
    Scene after = with(scene, Redriver{});
    auto air = scene.air();
    (air.*list).push_back(grant);
    std::sort((air.*list).begin(), (air.*list).end(), [](const Grant& a, const Grant& b) {
        return std::tie(a.user, a.slot, a.epoch, a.round) < std::tie(b.user, b.slot, b.epoch, b.round);
    });
    after.set(air);
    return after;
}

std::vector<PendingClaim> outbox_of(const GateState& gate) {
    std::vector<PendingClaim> outbox;
    for (const auto& [user, pending] : gate.outbox)
        outbox.push_back(pending);
    return outbox;
}

/// The round may still be issued into.
bool is_issued_into(const Scene& scene, Round round) {
    const auto row = scene.ledger().rows.rounds.find(round);
    return row != scene.ledger().rows.rounds.end() && (row->second.state == RoundState::open || row->second.state == RoundState::closed);
}

/// flow/redrive.cpp, is_unchanged: the gate is looked at once more after the claims were read.
bool is_unchanged(const Scene& scene, const Redriver& redriver) {
    if (scene.is_mutated(Mutation::redrive_looks_once)) return true;
    if (!is_gate_armed(scene)) return false;
    const auto& fields = scene.gate().memory->fields;
    return fields.round == redriver.round && (fields.epoch == redriver.epoch || scene.is_mutated(Mutation::redrive_ignores_epoch));
}

/// The look that begins a redrive, of either kind.
void step_begin(const Scene& scene, const Take& take) {
    if (!is_gate_armed(scene)) return;
    const auto& gate = *scene.gate().memory;
    Redriver seen;
    seen.round = gate.fields.round;
    seen.epoch = gate.fields.epoch;
    if (scene.has_left(Left::redrives) && !gate.outbox.empty()) {
        seen.step = Step::pending_seen;
        Scene after = with(scene, seen);
        after.use(Left::redrives);
        take(Act::redrive_looks, 0, after);
    }
    const auto rows = std::count_if(scene.ledger().rows.user_of.begin(), scene.ledger().rows.user_of.end(),
                                    [&](const auto& row) { return row.first.first == seen.round; });
    if (scene.has_left(Left::missing_redrives) && rows != gate.fields.granted) {
        seen.step = Step::missing_seen;
        Scene after = with(scene, seen);
        after.use(Left::missing_redrives);
        take(Act::redrive_looks_for_missing, 0, after);
    }
}

bool is_read_to_its_end(const TopicSide& topic) {
    return std::all_of(topic.partitions.begin(), topic.partitions.end(), [](const TopicSide::Partition& one) {
        const auto high = static_cast<std::int64_t>(one.records.size());
        return one.committed >= high || one.low == high;
    });
}

} // namespace

std::vector<Claim> missing_claims(const Scene& scene, const Redriver& redriver) {
    std::vector<Coupon> rows;
    for (const auto& [key, user] : scene.ledger().rows.user_of) {
        if (key.first == redriver.round) rows.push_back({key.second, user, {}, {}});
    }
    std::vector<FailedEvent> failed;
    for (const auto& [at, grant] : scene.ledger().failed)
        failed.push_back(
            failed_event_of(topic_name, {at, IssueRecord{event_name, grant}, grant.user, {}}, encode({event_name, grant}), "conflict"));
    return claims_to_publish_again(redriver.round, redriver.claims, redriver.outbox, rows, failed);
}

void step_redriver(const Scene& scene, const Take& take) {
    auto redriver = scene.redriver();
    const bool has_gate = scene.gate().memory.has_value();
    switch (redriver.step) {
    case Step::idle: step_begin(scene, take); return;
    case Step::pending_seen:
        if (has_gate) redriver.outbox = outbox_of(*scene.gate().memory);
        redriver.step = has_gate ? Step::pending_listed : Step::idle;
        take(Act::redrive_reads_outbox, 0, with(scene, has_gate ? redriver : Redriver{}));
        return;
    case Step::pending_listed:
        if (!is_unchanged(scene, redriver) || redriver.outbox.empty()) {
            take(Act::redrive_publishes, 0, with(scene, Redriver{}));
            return;
        }
        for (const auto& pending : redriver.outbox) {
            const Grant grant{redriver.round, pending.epoch, pending.slot, pending.user, Instant{}};
            take(Act::redrive_publishes, who(grant.user), with_record(scene, grant, &Air::redriven));
        }
        return;
    case Step::missing_seen:
        if (has_gate) {
            for (const auto& [user, claim] : scene.gate().memory->claims)
                redriver.claims.push_back(claim);
        }
        redriver.step = Step::missing_claims;
        take(Act::redrive_reads_claims, 0, with(scene, has_gate ? redriver : Redriver{}));
        return;
    case Step::missing_claims:
        if (has_gate) redriver.outbox = outbox_of(*scene.gate().memory);
        redriver.step = Step::missing_outbox;
        take(Act::redrive_reads_outbox, 0, with(scene, has_gate ? redriver : Redriver{}));
        return;
    case Step::missing_outbox:
        redriver.step = Step::missing_round;
        take(Act::redrive_reads_round, 0, with(scene, is_unchanged(scene, redriver) ? redriver : Redriver{}));
        return;
    case Step::missing_round: {
        redriver.step = Step::missing_lag;
        // The round's state and the lag are two calls, but the one only saves work: stale records do no harm.
        const bool goes_on = is_issued_into(scene, redriver.round) && is_read_to_its_end(scene.topic());
        take(Act::redrive_reads_lag, 0, with(scene, goes_on ? redriver : Redriver{}));
        return;
    }
    case Step::missing_lag:
        redriver.claims = missing_claims(scene, redriver);
        redriver.outbox.clear();
        redriver.step = Step::missing_rows;
        take(Act::redrive_reads_rows, 0, with(scene, redriver.claims.empty() ? Redriver{} : redriver));
        return;
    case Step::missing_rows:
        for (const auto& claim : redriver.claims) {
            const Grant grant{redriver.round, redriver.epoch, claim.slot, claim.user, Instant{}};
            take(Act::redrive_publishes_missing, who(claim.user), with_record(scene, grant, &Air::records));
        }
        return;
    }
}

} // namespace coupon::model
