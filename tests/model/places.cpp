#include "model/places.hpp"

#include "core/lost_log.hpp"

#include "model/actors.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

constexpr std::int64_t first_server_elsewhere = 51;

RoundKey key_of(const std::string& digit) {
    std::string text;
    for (std::size_t i = 0; i < 2 * RoundKey::size; ++i)
        text += digit;
    return *RoundKey::parse(text);
}

const RoundKey& another_key() {
    static const auto key = key_of("b");
    return key;
}

/// The gate as the bug shows it.
void mislead(const Scene& scene, GateSight& sight, const RoundRow& row) {
    if (!sight.fields) return;
    auto& fields = *sight.fields;
    if (scene.has_bug(Bug::lower_epoch_is_armed)) fields.epoch = std::max(fields.epoch, row.epoch);
    if (scene.has_bug(Bug::higher_epoch_is_armed)) fields.epoch = std::min(fields.epoch, row.epoch);
    if (scene.has_bug(Bug::seals_are_ignored)) fields.key = row.key;
    if (scene.has_bug(Bug::database_is_ignored)) fields.armed_with.database = sight.server.database = row.home.database;
}

bool passes_for(const Scene& scene, Bug bug, const GateSight& sight, const RoundRow& row) {
    return scene.has_bug(bug) && sight.fields && sight.fields->round == row.round && sight.fields->epoch == row.epoch;
}

GateStanding standing_of_seen(const Scene& scene, GateSight sight, const RoundRow& row) {
    mislead(scene, sight, row);
    const auto standing = standing_of(sight, row);
    const bool is_refused = standing == GateStanding::stray || standing == GateStanding::promotable;
    if (is_refused && passes_for(scene, Bug::copy_lists_itself, sight, row)) return GateStanding::unlisted;
    if (is_refused && sight.fields && scene.has_bug(Bug::copy_armed_anywhere)) return GateStanding::to_be_armed;
    if (is_refused && !sight.fields && scene.has_bug(Bug::gate_made_anywhere)) return GateStanding::to_be_armed;
    return standing;
}

GateSight sight_of(const Scene& scene) {
    const auto& gate = scene.gate();
    const auto address = address_of(scene.place());
    return gate.memory ? GateSight{address, gate.memory->fields, gate.identity()} : GateSight{address, {}, {}};
}

/// flow/worker/redriver.cpp, counts_elsewhere: before a gate is made from nothing the other listed addresses are asked.
bool counts_elsewhere(const Scene& scene, const RoundRow& row) {
    if (!scene.bounds().has_other_gate()) return false;
    const auto other = scene.seen_from(scene.place() == home ? elsewhere : home);
    return row.home.lists(address_of(other.place())) && standing_of(sight_of(other), row) == GateStanding::counts;
}

} // namespace

std::string address_of(std::size_t place) {
    return place == home ? "home" : "elsewhere";
}

const RoundKey& key_of_round() {
    static const auto key = key_of("a");
    return key;
}

void bind(RoundRow& row, const GateSide& gate, const Bounds& bounds) {
    row.key = key_of_round();
    row.home = {gate.identity().run_id, gate.database, {address_of(home)}};
    if (bounds.both_listed) row.home.addresses.push_back(address_of(elsewhere));
}

Scene with_other_gate(const Scene& scene) {
    GateSide other;
    const auto kind = scene.bounds().other;
    other.server = kind == OtherGate::database ? scene.gate().server : first_server_elsewhere;
    other.database = kind == OtherGate::database ? 1 : 0;
    if (kind == OtherGate::foreign) {
        other.memory = scene.gate().memory;
        other.memory->fields.key = another_key();
        other.memory->fields.armed_with = {"run-before", "replid-before", 0};
    }
    auto with = scene.seen_from(elsewhere);
    with.set(other);
    return with.seen_from(home);
}

GateStanding standing_in(const Scene& scene) {
    return standing_of_seen(scene, sight_of(scene), *scene.ledger().highest());
}

std::size_t worker_at(const Scene& scene) {
    return scene.place() == home ? 0 : 1;
}

bool is_counted(const Scene& scene) {
    if (!scene.bounds().is_bound()) return is_gate_armed(scene);
    if (scene.has_bug(Bug::higher_epoch_is_armed)) return standing_in(scene) == GateStanding::counts;
    // A row and a gate that are both older than what was met have both lost an arming.
    return standing_in(scene) == GateStanding::counts && scene.workers().each.at(worker_at(scene)).met <= scene.ledger().highest()->epoch;
}

bool is_to_be_armed(const Scene& scene, std::size_t worker) {
    if (!scene.bounds().is_bound()) return !is_gate_armed(scene);
    const auto row = *scene.ledger().highest();
    const auto standing = standing_in(scene);
    if (standing == GateStanding::counts && scene.has_bug(Bug::higher_epoch_is_armed)) return false;
    if (standing == GateStanding::counts) return scene.workers().each.at(worker).met > row.epoch;
    return standing == GateStanding::to_be_armed && (scene.gate().memory || !counts_elsewhere(scene, row));
}

Scene looked_at(const Scene& scene, std::size_t worker) {
    Scene after = scene;
    auto workers = scene.workers();
    auto& who = workers.each.at(worker);
    const auto row = *scene.ledger().highest();
    const auto standing = standing_in(scene);
    const bool is_the_gate = standing == GateStanding::counts || standing == GateStanding::to_be_armed;
    const auto sight = sight_of(scene);
    who.met = std::max(who.met, row.epoch);
    if (is_the_gate && sight.fields && sight.fields->round == row.round) who.met = std::max(who.met, sight.fields->epoch);
    who.has_looked = who.has_looked || tells_all_epochs(sight, row) || scene.has_bug(Bug::look_ignores_arming);
    after.set(workers);
    return after;
}

RecordIdentity identity_at(const Scene& scene, const SourcePosition& at) {
    if (scene.has_bug(Bug::place_without_digest)) return {at, {}};
    const auto& log = scene.topic().partitions[static_cast<std::size_t>(at.partition)];
    return {at, {Instant(Milliseconds(log.log)), {}}};
}

void compare_logs(Scene& scene) {
    if (scene.bounds().log_losses == 0 || scene.has_bug(Bug::fence_of_a_lost_log)) return;
    auto ledger = scene.ledger();
    auto& fences = ledger.rows.fences[ledger.highest()->round];
    for (const auto& [partition, fence] : newest_offsets(fences)) {
        const auto& log = scene.topic().partitions[static_cast<std::size_t>(partition)];
        const auto high = static_cast<std::int64_t>(log.records.size());
        std::optional<RecordMark> found;
        if (fence.below && fence.below->at.offset < high) found = RecordMark{Instant(Milliseconds(log.log)), {}};
        if (why_lost(fence, {partition, log.low, high, log.committed}, found).empty()) continue;
        begin_again_at_zero(fences, fence);
        scene.note(Situation::log_found_lost);
    }
    if (!fences.empty()) scene.set(ledger);
}

IssueRecord signed_record(const Scene& scene, const SourcePosition& at, const Grant& grant) {
    IssueRecord record{event_name, grant};
    if (!scene.bounds().is_bound()) return record;
    const auto& forged = scene.topic().partitions[static_cast<std::size_t>(at.partition)].forged;
    if (forged.contains(at.offset)) return record_of(event_name, grant, another_key());
    record.signature.kind = Signature::Kind::verified;
    return record;
}

} // namespace coupon::model
