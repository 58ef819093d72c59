#include "model/scene.hpp"

#include "model/places.hpp"

#include <algorithm>
#include <stdexcept>

namespace coupon::model {

namespace {

std::string text_of(const Grant& grant) {
    return "r" + grant.round.text() + "e" + grant.epoch.text() + " user " + grant.user.text() + " slot " + grant.slot.text();
}

std::string text_of(const GateSide& gate) {
    if (!gate.memory) return "none (server " + std::to_string(gate.server) + ")";
    const auto& fields = gate.memory->fields;
    std::string text = "r" + fields.round.text() + "e" + fields.epoch.text() + " " + name_of(fields.door) +
                       (is_armed(fields, gate.identity()) ? " armed" : " NOT armed");
    if (gate.went_back) text += " WENT BACK";
    if (fields.untold) text += " UNTOLD";
    if (fields.arming) text += " arming " + fields.arming->text();
    text += ", claims";
    for (const auto& [user, claim] : gate.memory->claims)
        text += " " + user.text() + ":" + claim.slot.text();
    text += ", outbox";
    for (const auto& [user, pending] : gate.memory->outbox)
        text += " " + user.text() + ":" + pending.slot.text() + "e" + pending.epoch.text();
    return text;
}

} // namespace

Scene Scene::first(Parts& parts, const Bounds& bounds) {
    if (bounds.users.size() > most_applicants) throw std::logic_error("more applications than a state has room for");
    Scene scene(parts, bounds, State{});
    const Round round(1);
    const Limit limit(bounds.limit);
    GateSide gate;
    const auto created = create(gate.memory, {round, limit, {}, "token"}, gate.identity());
    const bool is_ready = bounds.left_opening || (created && open_and_arm(gate.memory, {round, "token"}, *created, gate.identity()));
    if (!created || !is_ready) throw std::logic_error("no first gate");
    if (bounds.is_bound()) gate.memory->fields.key = key_of_round();
    scene.set(gate);
    LedgerSide ledger;
    ledger.rows.rounds[round] = {event_name, round, limit, topic_name, RoundState::open, Epoch(1), {}, "token"};
    if (bounds.left_opening) ledger.rows.rounds[round].state = RoundState::opening;
    if (bounds.is_bound()) bind(ledger.rows.rounds[round], gate, bounds);
    scene.set(ledger);
    scene = with_other_gate(scene);
    scene.set(Workers{});
    scene.set(RollBackWatcher{});
    scene.set(ApplyProgram{});
    TopicSide topic;
    topic.partitions.resize(static_cast<std::size_t>(bounds.partitions));
    scene.set(topic);
    scene.set(Air{});
    scene.set(Redriver{});
    for (std::size_t i = 0; i < bounds.users.size(); ++i)
        scene.set(i, Applicant(UserId(bounds.users[i])));
    for (std::size_t i = 0; i < most_armers; ++i)
        scene.set(i, Armer{});
    for (std::size_t i = 0; i < most_resetters; ++i)
        scene.set(i, Resetter{});
    scene.set(Closer{});
    scene.set(Reopener{});
    scene.set(Watcher{});
    for (const auto& [kind, count] : {std::pair(Left::faults, bounds.faults),
                                      {Left::losses, bounds.losses},
                                      {Left::delayed_requests, bounds.delayed_requests},
                                      {Left::redeliveries, bounds.redeliveries},
                                      {Left::armings, bounds.armings},
                                      {Left::redrives, bounds.redrives},
                                      {Left::ledger_losses, bounds.ledger_losses},
                                      {Left::resets, bounds.resets}}) {
        scene.set_left(kind, static_cast<std::uint32_t>(count));
    }
    return scene;
}

void Scene::set_left(Left kind, std::uint32_t count) {
    if (count > 15) throw std::logic_error("more of a kind than a state has room for");
    at(component::left) = (at(component::left) & ~(15U << shift_of(kind))) | count << shift_of(kind);
}

void Scene::use(Left kind) {
    set_left(kind, left_of(kind) - 1);
    if (!is_fault(kind)) return;
    const auto faults = left_of(Left::faults) - 1;
    set_left(Left::faults, faults);
    // More of one kind than of all together makes no difference, so it makes no state of its own.
    for (const auto fault : {Left::losses, Left::delayed_requests, Left::redeliveries})
        set_left(fault, std::min(left_of(fault), faults));
}

std::string Scene::describe() const {
    std::string text = "    gate   " + text_of(gate());
    if (bounds().has_other_gate()) text += "\n    other  " + text_of(seen_from(elsewhere).gate());
    text += "\n    topic ";
    for (const auto& partition : topic().partitions) {
        text += " [";
        for (const auto& record : partition.records)
            text += " (" + text_of(record) + ")";
        text += " ] read to " + std::to_string(partition.position) + ", committed " + std::to_string(partition.committed);
    }
    text += "\n    ledger";
    for (const auto& [round, row] : ledger().rows.rounds) {
        text += " round " + round.text() + " " + name_of(row.state) + " epoch " + row.epoch.text() + ";";
        if (const auto fences = ledger().rows.fences.find(round); fences != ledger().rows.fences.end()) {
            for (const auto& fence : fences->second)
                text += " fence e" + fence.epoch.text() + "@" + std::to_string(fence.end_offset) + ";";
        }
    }
    for (const auto& [key, user] : ledger().rows.user_of)
        text += " row r" + key.first.text() + " slot " + key.second.text() + " user " + user.text() + ";";
    for (const auto& [at, grant] : ledger().failed)
        text += " FAILED (" + text_of(grant) + ");";
    for (const auto& [round, claims] : ledger().given_up) {
        for (const auto& [slot, user] : claims)
            text += " given up r" + round.text() + " slot " + slot.text() + " user " + user.text() + ";";
    }
    for (std::size_t i = 0; i < most_resetters; ++i) {
        if (resetter(i).runs) text += std::string("\n    reset ") + std::to_string(i) + " is to " + name_of(resetter(i).way.stage());
    }
    if (bounds().is_bound()) {
        text += "\n    met   ";
        for (const auto& one : workers().each)
            text += one.has_looked ? " epoch " + one.met.text() + ";" : " not looked, epoch " + one.met.text() + ";";
    }
    text += "\n    told  ";
    for (std::size_t i = 0; i < applicants(); ++i) {
        const auto& one = applicant(i);
        if (!one.is_told()) continue;
        text += " user " + one.user.text() + " " + name_of(one.way.told().answer);
        if (one.way.told().slot) text += " slot " + one.way.told().slot->text();
        if (one.in_doubt) text += " (after it went back)";
        text += ";";
    }
    return text + "\n";
}

} // namespace coupon::model
