#include "model/actors.hpp"
#include "model/gate_calls.hpp"
#include "model/places.hpp"

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

/// It ends without having published anything: as if it had not begun, so it may begin again.
Scene with_end(const Scene& scene) {
    Scene after = with(scene, Redriver{});
    after.give_back(Left::redrives);
    return after;
}

Scene with_record(const Scene& scene, const Grant& grant, std::vector<Grant> Air::*list) {
    Scene after = with(scene, Redriver{});
    auto air = scene.air();
    (air.*list).push_back(grant);
    std::sort((air.*list).begin(), (air.*list).end(), is_before);
    after.set(air);
    return after;
}

std::vector<PendingClaim> outbox_of(const GateMemory& gate) {
    std::vector<PendingClaim> outbox;
    if (!gate) return outbox;
    for (const auto& [user, pending] : gate->outbox)
        outbox.push_back(pending);
    return outbox;
}

/// The round may still be issued into.
bool is_issued_into(const Scene& scene, Round round) {
    const auto row = scene.ledger().rows.rounds.find(round);
    return row != scene.ledger().rows.rounds.end() && (row->second.state == RoundState::open || row->second.state == RoundState::closed);
}

/// flow/worker/redrive.cpp, is_unchanged: the gate is looked at once more after the claims were read.
bool is_unchanged(const Scene& scene, const Redriver& redriver) {
    if (scene.has_bug(Bug::redrive_looks_once)) return true;
    if (!is_gate_armed(scene)) return false;
    const auto& fields = scene.gate().memory->fields;
    return fields.round == redriver.round && (fields.epoch == redriver.epoch || scene.has_bug(Bug::redrive_ignores_epoch));
}

/// The look that begins a redrive, of either kind.
void step_begin(const Scene& scene, const Take& take) {
    if (!scene.has_left(Left::redrives) || !is_counted(scene)) return;
    const auto& gate = *scene.gate().memory;
    Redriver seen;
    seen.round = gate.fields.round;
    seen.epoch = gate.fields.epoch;
    if (!gate.outbox.empty()) {
        seen.step = Step::pending_seen;
        Scene after = with(scene, seen);
        after.use(Left::redrives);
        take(Act::redrive_looks, 0, after);
    }
    const auto rows = std::count_if(scene.ledger().rows.user_of.begin(), scene.ledger().rows.user_of.end(),
                                    [&](const auto& row) { return row.first.first == seen.round; });
    if (rows != gate.fields.granted) {
        seen.step = Step::missing_seen;
        Scene after = with(scene, seen);
        after.use(Left::redrives);
        take(Act::redrive_looks_for_missing, 0, after);
    }
}

bool is_read_to_its_end(const TopicSide& topic) {
    return std::all_of(topic.partitions.begin(), topic.partitions.end(), [](const TopicSide::Partition& one) {
        const auto high = static_cast<std::int64_t>(one.records.size());
        return one.committed >= high || one.low == high;
    });
}

std::vector<Coupon> rows_of(const Scene& scene, Round round) {
    std::vector<Coupon> rows;
    for (const auto& [key, slot] : scene.ledger().rows.slot_of) {
        if (key.first == round) rows.push_back({slot, key.second});
    }
    return rows;
}

void step_pending(const Scene& scene, Redriver redriver, const Take& take) {
    if (redriver.step == Step::pending_seen) {
        redriver.step = Step::pending_listed;
        redriver.outbox = outbox_of(scene.gate().memory);
        take(Act::redrive_reads_outbox, 0, redriver.outbox.empty() ? with_end(scene) : with(scene, redriver));
        return;
    }
    if (!is_unchanged(scene, redriver)) {
        take(Act::redrive_publishes, 0, with_end(scene));
        return;
    }
    for (const auto& pending : redriver.outbox) {
        const Grant grant{redriver.round, pending.epoch, pending.slot, pending.user, Instant{}};
        auto after = with_record(scene, grant, &Air::redriven);
        if (scene.has_bug(Bug::redrive_forgets)) std::ignore = call_confirm(after, grant);
        after.note(Situation::claim_redriven);
        take(Act::redrive_publishes, who(grant.user), after);
    }
}

/// The same call with fewer claims, or the end where none is left. A claim that has its row, or is pending, when its turn comes to be
/// looked at is dropped at once: rows are never taken away, and whatever was pending when the outbox was read is left to the other redrive.
void step_missing(const Scene& scene, Redriver redriver, const Take& take) {
    auto act = Act::redrive_reads_rows;
    bool goes_on = true;
    switch (redriver.step) {
    case Step::missing_seen:
        act = Act::redrive_reads_claims;
        redriver.step = Step::missing_claims;
        if (const auto& memory = scene.gate().memory) {
            for (const auto& [user, claim] : memory->claims)
                redriver.claims.push_back({user, claim.slot});
        }
        redriver.claims = claims_to_publish_again(redriver.claims, {}, rows_of(scene, redriver.round), {});
        break;
    case Step::missing_claims:
        act = Act::redrive_reads_outbox;
        redriver.step = Step::missing_outbox;
        redriver.claims = claims_to_publish_again(redriver.claims, outbox_of(scene.gate().memory), {}, {});
        break;
    case Step::missing_outbox:
        act = Act::redrive_reads_round;
        redriver.step = Step::missing_round;
        goes_on = is_unchanged(scene, redriver);
        break;
    case Step::missing_round:
        // The round's state and the lag are two calls, but the one only saves work: stale records do no harm.
        act = Act::redrive_reads_lag;
        redriver.step = Step::missing_lag;
        goes_on = is_issued_into(scene, redriver.round) && is_read_to_its_end(scene.topic());
        break;
    case Step::missing_lag:
        redriver.step = Step::missing_rows;
        redriver.claims = missing_claims(scene, redriver);
        break;
    case Step::idle:
    case Step::pending_seen:
    case Step::pending_listed:
    case Step::missing_rows: return;
    }
    take(act, 0, goes_on && !redriver.claims.empty() ? with(scene, redriver) : with_end(scene));
}

} // namespace

std::vector<ClaimedSlot> missing_claims(const Scene& scene, const Redriver& redriver) {
    std::vector<ClaimedSlot> failed;
    for (const auto& [record, grant] : scene.ledger().failed) {
        // A record that nobody signed names nobody.
        if (!grant.is_signed && !scene.has_bug(Bug::unsigned_names_its_user)) continue;
        if (grant.round == redriver.round) failed.push_back({grant.user, grant.slot});
    }
    return claims_to_publish_again(redriver.claims, {}, rows_of(scene, redriver.round), failed);
}

bool can_still_publish(const Scene& scene) {
    const auto& redriver = scene.redriver();
    const bool looks_again = redriver.step == Step::pending_listed || redriver.step == Step::missing_claims;
    return !looks_again || is_unchanged(scene, redriver);
}

void step_redriver(const Scene& scene, const Take& take) {
    const auto& redriver = scene.redriver();
    switch (redriver.step) {
    case Step::idle: return step_begin(scene, take);
    case Step::pending_seen:
    case Step::pending_listed: return step_pending(scene, redriver, take);
    case Step::missing_seen:
    case Step::missing_claims:
    case Step::missing_outbox:
    case Step::missing_round:
    case Step::missing_lag: return step_missing(scene, redriver, take);
    case Step::missing_rows:
        for (const auto& claim : redriver.claims) {
            const Grant grant{redriver.round, redriver.epoch, claim.slot, claim.user, Instant{}};
            auto after = with_record(scene, grant, &Air::records);
            after.note(Situation::missing_claim_published);
            take(Act::redrive_publishes_missing, who(claim.user), after);
        }
        return;
    }
}

} // namespace coupon::model
