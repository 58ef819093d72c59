#include "model/spent.hpp"

#include "model/actors.hpp"
#include "model/places.hpp"

#include <algorithm>

namespace coupon::model {

namespace {

/// A record that changes nothing wherever it lands or is read: its row is there, or a fence is stored that no place at or after `from`
/// escapes. Neither is ever undone. Arming and redrives learn nothing from it: what it says stands as a row or does not count. As lag it
/// makes others wait, as if they had not looked. A forced reset lists what the topic says of claims without a row, fenced or not.
bool is_spent(const Scene& scene, const Grant& grant, const SourcePosition& from) {
    const auto& rows = scene.ledger().rows;
    const auto slot = rows.slot_of.find({grant.round, grant.user});
    if (slot != rows.slot_of.end() && slot->second == grant.slot) return true;
    if (scene.bounds().forced_resets) return false;
    const auto row = rows.rounds.find(grant.round);
    const auto fences = rows.fences.find(grant.round);
    if (row == rows.rounds.end() || fences == rows.fences.end()) return false;
    // The worker's own rule is asked: where it stopped fencing, the record would stay and be issued.
    return admit({event_name, grant}, from, &row->second, fences->second).admission == Admission::fenced;
}

/// A request for a claim that will be answered without a grant whenever it arrives: what it meets at the gate stands until the gate is
/// lost, and requests on their way to it are lost with it.
bool is_settled(const Scene& scene, const LateClaim& late) {
    const auto& memory = scene.gate().memory;
    if (!memory || memory->fields.round < late.round) return false;
    if (memory->fields.round > late.round || memory->claims.contains(late.user)) return true;
    if (memory->fields.granted == memory->fields.limit.value()) return true;
    // A round that was closed in the ledger is not opened again; one that is about to be opened has a closed gate, too.
    const auto row = scene.ledger().rows.rounds.find(late.round);
    return memory->fields.door != GateDoor::open && row != scene.ledger().rows.rounds.end() && row->second.state == RoundState::closed;
}

/// What is on its way and will change nothing need not arrive.
void drop_spent_from_air(Scene& scene) {
    if (scene.has_empty_air()) return;
    auto air = scene.air();
    const auto useless = [&](const Grant& grant) { return !can_be_confirmed(scene, grant); };
    std::erase_if(air.to_confirm, useless);
    std::erase_if(air.confirms, useless);
    const auto will_change_nothing = [&](const LateClaim& late) { return is_settled(scene, late); };
    std::erase_if(air.claims, will_change_nothing);
    std::erase_if(air.together, [&](const auto& both) { return std::all_of(both.begin(), both.end(), will_change_nothing); });
    // A record nobody will confirm with effect is one that nobody waits for.
    for (const auto& grant : air.redriven) {
        if (useless(grant)) air.records.push_back(grant);
    }
    std::erase_if(air.redriven, useless);
    std::erase_if(air.records, [&](const Grant& grant) { return is_spent_if_published(scene, grant); });
    std::sort(air.records.begin(), air.records.end(), is_before);
    air.records.erase(std::unique(air.records.begin(), air.records.end()), air.records.end());
    scene.set(air);
}

/// Takes records out of one partition. Every offset that anybody remembers moves, so that it stays between the same records.
class Removal {
public:
    Removal(Scene& scene, std::size_t partition) : scene_(&scene), partition_(static_cast<std::int32_t>(partition)) {}

    void remove(std::vector<std::int64_t> offsets) {
        removed_ = std::move(offsets);
        move_in_topic();
        move_in_ledger();
        for (std::size_t i = 0; i < most_armers; ++i) {
            auto armer = scene_->armer(i);
            move_in(armer.ends);
            scene_->set(i, armer);
        }
        for (std::size_t i = 0; i < most_resetters; ++i) {
            auto reset = scene_->resetter(i);
            move_in(reset.ends);
            for (auto& one : reset.look.partitions) {
                if (one.partition != partition_) continue;
                one.low = moved(one.low);
                one.high = moved(one.high);
                if (one.committed) one.committed = moved(*one.committed);
            }
            scene_->set(i, reset);
        }
    }

private:
    [[nodiscard]] std::int64_t moved(std::int64_t offset) const {
        return offset - (std::lower_bound(removed_.begin(), removed_.end(), offset) - removed_.begin());
    }
    void move_in(std::map<std::int32_t, std::int64_t>& ends) const {
        if (const auto end = ends.find(partition_); end != ends.end()) end->second = moved(end->second);
    }
    void move_in_topic() {
        auto topic = scene_->topic();
        auto& log = topic.partitions[static_cast<std::size_t>(partition_)];
        for (auto offset = removed_.rbegin(); offset != removed_.rend(); ++offset)
            log.records.erase(log.records.begin() + *offset);
        log.low = moved(log.low);
        log.position = moved(log.position);
        log.committed = moved(log.committed);
        scene_->set(topic);
    }
    void move_in_ledger() {
        auto ledger = scene_->ledger();
        for (auto& [round, ends] : ledger.purge_offsets)
            move_in(ends);
        for (auto& [round, fences] : ledger.rows.fences) {
            for (auto& fence : fences)
                if (fence.partition == partition_) fence.end_offset = moved(fence.end_offset);
        }
        std::map<RecordIdentity, FailedGrant> failed;
        for (const auto& [record, grant] : ledger.failed) {
            auto kept = record;
            if (kept.at.partition == partition_) kept.at.offset = moved(kept.at.offset);
            failed.emplace(kept, grant);
        }
        ledger.failed = std::move(failed);
        scene_->set(ledger);
    }

    Scene* scene_;
    std::int32_t partition_;
    std::vector<std::int64_t> removed_;
};

/// Records that are spent, and those that are purged and that no worker will read again. A failed event keeps its record.
std::vector<std::int64_t> offsets_to_drop(const Scene& scene, std::size_t partition) {
    const auto& log = scene.topic().partitions[partition];
    const auto unread_from = scene.has_left(Left::redeliveries) ? 0 : std::min({log.low, log.position, log.committed});
    std::vector<std::int64_t> offsets;
    for (std::int64_t offset = 0; offset < static_cast<std::int64_t>(log.records.size()); ++offset) {
        const SourcePosition at{static_cast<std::int32_t>(partition), offset};
        if (scene.ledger().failed.contains(identity_at(scene, at))) continue;
        if (offset < unread_from || is_spent(scene, log.records[static_cast<std::size_t>(offset)], at)) offsets.push_back(offset);
    }
    return offsets;
}

/// The lowest end that tells the same records apart as this one: a fence looks at those of older epochs of its round. Records to come lie
/// behind either.
std::int64_t lowest_end(const Scene& scene, Round round, Epoch epoch, std::int32_t partition, std::int64_t end) {
    const auto& records = scene.topic().partitions[static_cast<std::size_t>(partition)].records;
    while (end > 0) {
        const auto& before = records[static_cast<std::size_t>(end) - 1];
        if (before.round == round && before.epoch < epoch) break;
        --end;
    }
    return end;
}

void lower_fences(Scene& scene) {
    const auto is_low = [&](Round round, const Fence& fence) {
        return lowest_end(scene, round, fence.epoch, fence.partition, fence.end_offset) == fence.end_offset;
    };
    const auto& all = scene.ledger().rows.fences;
    const bool are_low = std::all_of(all.begin(), all.end(), [&](const auto& of) {
        return std::all_of(of.second.begin(), of.second.end(), [&](const Fence& fence) { return is_low(of.first, fence); });
    });
    if (!are_low) {
        auto ledger = scene.ledger();
        for (auto& [round, fences] : ledger.rows.fences) {
            for (auto& fence : fences)
                fence.end_offset = lowest_end(scene, round, fence.epoch, fence.partition, fence.end_offset);
        }
        scene.set(ledger);
    }
    for (std::size_t i = 0; i < most_armers; ++i) {
        if (scene.armer(i).ends.empty()) continue;
        auto armer = scene.armer(i);
        for (auto& [partition, end] : armer.ends)
            end = lowest_end(scene, armer.ticket.round, armer.ticket.epoch, partition, end);
        scene.set(i, armer);
    }
}

} // namespace

bool is_spent_if_published(const Scene& scene, const Grant& grant) {
    const auto partition = scene.topic().partition_of(grant.user);
    const auto end = static_cast<std::int64_t>(scene.topic().partitions[static_cast<std::size_t>(partition)].records.size());
    return is_spent(scene, grant, {partition, end});
}

/// Claims are in the outbox of an armed gate in the epoch they were made in; once it is not armed, the next epoch begins.
bool can_be_confirmed(const Scene& scene, const Grant& grant) {
    if (!is_gate_armed(scene)) return false;
    const auto& memory = *scene.gate().memory;
    const auto pending = memory.outbox.find(grant.user);
    return memory.fields.round == grant.round && memory.fields.epoch == grant.epoch && pending != memory.outbox.end() &&
           pending->second.slot == grant.slot;
}

void drop_what_is_spent(Scene& scene) {
    drop_spent_from_air(scene);
    for (std::size_t i = 0; i < scene.topic().partitions.size(); ++i) {
        if (auto offsets = offsets_to_drop(scene, i); !offsets.empty()) Removal(scene, i).remove(std::move(offsets));
    }
    lower_fences(scene);
}

} // namespace coupon::model
