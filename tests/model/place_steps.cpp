#include "core/round_change.hpp"
#include "model/actors.hpp"
#include "model/places.hpp"
#include "model/reset_call.hpp"

namespace coupon::model {

namespace {

const UserId stranger(9);

bool is_copied(OtherGate other) {
    return other == OtherGate::copy || other == OtherGate::database;
}

bool can_be_emptied(OtherGate other) {
    return other != OtherGate::foreign && other != OtherGate::old_master;
}

/// A worker that sees the armed gate of the ledger's epoch lists its own address, in a transaction that compares once more.
void list_address(const Scene& scene, const Take& take) {
    if (standing_in(scene) != GateStanding::unlisted) return;
    const auto highest = scene.ledger().highest();
    const auto& identity = scene.gate().identity();
    ArmingPlace here{identity.run_id, identity.database, address_of(scene.place()), false};
    if (scene.has_bug(Bug::copy_lists_itself)) here = {highest->home.run_id, highest->home.database, here.address, false};
    if (scene.has_bug(Bug::database_is_ignored)) here.database = highest->home.database;
    Scene after = scene.seen_from(home);
    const auto row =
        change_round(after, highest->owner, [&](const auto& now) { return list_address_row(now, highest->round, highest->epoch, here); });
    if (!row) return;
    after.note(Situation::address_listed);
    take(Act::worker_lists_address, scene.place(), after);
}

} // namespace

void step_places(const Scene& scene, const Take& take) {
    const auto there = scene.seen_from(elsewhere);
    if (!there.gate().memory && scene.gate().memory && is_copied(scene.bounds().other)) {
        Scene copied = there;
        auto gate = there.gate();
        gate.memory = scene.gate().memory;
        copied.set(gate);
        copied.note(Situation::gate_copied);
        take(Act::gate_is_copied, 0, copied.seen_from(home));
    }
    if (!there.gate().memory && scene.gate().memory && scene.bounds().other == OtherGate::old_master && scene.has_left(Left::losses)) {
        Scene old = there;
        old.set(scene.gate());
        Scene promoted = old.seen_from(home);
        auto gate = scene.gate();
        ++gate.server;
        promoted.set(gate);
        promoted.use(Left::losses);
        promoted.note(Situation::gate_copied);
        take(Act::gate_fails_over, 0, promoted);
    }
    if (there.gate().memory && scene.has_left(Left::losses) && can_be_emptied(scene.bounds().other)) {
        Scene emptied = there;
        auto gate = there.gate();
        gate.memory.reset();
        ++gate.server;
        emptied.set(gate);
        emptied.use(Left::losses);
        take(Act::other_gate_is_emptied, 0, emptied.seen_from(home));
    }
    list_address(there, take);
    list_address(scene, take);
}

/// For the first user there is, or for one who never applied, in the gate's epoch.
void step_strangers(const Scene& scene, const Take& take) {
    int forged = 0;
    for (const auto& log : scene.topic().partitions)
        forged += static_cast<int>(log.forged.size());
    if (forged >= scene.bounds().forgeries) return;
    for (const auto user : {scene.applicant(0).user, stranger}) {
        Scene after = scene;
        auto topic = scene.topic();
        auto& log = topic.partitions[static_cast<std::size_t>(topic.partition_of(user))];
        log.forged.insert(static_cast<std::int64_t>(log.records.size()));
        topic.append({Round(1), Epoch(1), Slot(1), user, Instant{}});
        after.set(topic);
        after.note(Situation::record_forged);
        take(Act::stranger_publishes, static_cast<std::size_t>(user.value()), after);
    }
}

} // namespace coupon::model
