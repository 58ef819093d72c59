#include "model/moves.hpp"

#include "model/merging.hpp"

#include <cassert>

namespace coupon::model {

namespace {

constexpr Components gate = bit_of(component::gate);
constexpr Components ledger = bit_of(component::ledger);
constexpr Components topic = bit_of(component::topic);
constexpr Components air = bit_of(component::air);
constexpr Components left = bit_of(component::left);
constexpr Components everything = (Components{1} << component::count) - 1;

Components applicant(const Scene& scene, std::size_t i) {
    const auto own = bit_of(component::first_applicant + i);
    const auto& one = scene.applicant(i);
    if (scene.bounds().together && one.way.step() == ApplyStep::claim) return everything;
    if (!one.round) {
        // Who comes first, and, where the order counts, who was told before.
        auto others = i == 0 ? Components{0} : bit_of(component::first_applicant + i - 1);
        if (scene.does_order_count()) others = everything;
        return gate | air | left | own | others;
    }
    return one.way.step() == ApplyStep::publish ? topic | own : gate | air | left | own;
}

Components redriver(const Scene& scene) {
    const auto own = bit_of(component::redriver) | left;
    switch (scene.redriver().step) {
    case Redriver::Step::idle: return gate | ledger | own;
    case Redriver::Step::pending_seen:
    case Redriver::Step::pending_listed: return gate | air | own;
    case Redriver::Step::missing_seen:
    case Redriver::Step::missing_claims:
    case Redriver::Step::missing_outbox: return gate | ledger | own;
    case Redriver::Step::missing_round: return ledger | topic | own;
    case Redriver::Step::missing_lag:
    case Redriver::Step::missing_rows: return ledger | air | own;
    }
    return everything;
}

Components armer(const Scene& scene, std::size_t i) {
    const auto own = bit_of(component::first_armer + i);
    switch (scene.armer(i).step) {
    case Armer::Step::idle: return gate | ledger | left | own;
    case Armer::Step::begin: return gate | own;
    case Armer::Step::take_ends: return topic | own;
    case Armer::Step::store_fence:
    case Armer::Step::read_ledger:
    case Armer::Step::read_topic: return ledger | topic | own;
    case Armer::Step::read_gate:
    case Armer::Step::drop:
    case Armer::Step::restore:
    case Armer::Step::arm: return gate | own;
    }
    return everything;
}

Components resetter(const Scene& scene, std::size_t i) {
    const auto own = bit_of(component::first_resetter + i);
    const auto& reset = scene.resetter(i);
    if (!reset.runs) return gate | left | own;
    // A close that had ended by then is one that this reset may follow.
    if (reset.way.stage() == ResetStage::read) return gate | ledger | own | bit_of(component::closer);
    if (reset.way.stage() == ResetStage::close_gate) return gate | own;
    // After the rows, the last call of this stage, the topic is read.
    if (reset.way.stage() == ResetStage::settle)
        return reset.call == 3 ? topic | own : reset.call == 6 ? ledger | topic | own : gate | ledger | own;
    if (reset.way.stage() == ResetStage::read_topic) return topic | own;
    return gate | ledger | topic | own;
}

/// Whoever draws a token looks which ones there are.
constexpr Components who_draws = gate | ledger | bit_of(component::saved) | bit_of(component::closer) | bit_of(component::reopener) |
                                 bit_of(component::watcher) | bit_of(component::first_resetter) | bit_of(component::first_resetter + 1);

Components reopener(const Scene& scene) {
    const auto own = gate | ledger | bit_of(component::reopener);
    // Whoever begins looks whether the other has ended.
    return scene.reopener().stands == Reopener::Stands::idle ? own | bit_of(component::closer) : own;
}

/// What the actor's steps read or write, from this state on, by the rules as they are.
Components touched_by_rule(const Actor& actor, const Scene& scene) {
    switch (actor.kind) {
    case Actor::Kind::applicant: return applicant(scene, actor.index);
    case Actor::Kind::records: return topic | air;
    case Actor::Kind::requests: return gate | air;
    case Actor::Kind::worker: return ledger | topic | left;
    case Actor::Kind::redriver: return redriver(scene);
    case Actor::Kind::losses: return gate | air | left | bit_of(component::saved);
    case Actor::Kind::armer: return armer(scene, actor.index);
    case Actor::Kind::resetter: return resetter(scene, actor.index);
    case Actor::Kind::places: return everything;
    case Actor::Kind::strangers: return topic;
    case Actor::Kind::ledger: return ledger | left | bit_of(component::saved_ledger);
    case Actor::Kind::broker: return everything;
    case Actor::Kind::closer: return who_draws;
    case Actor::Kind::reopener: return reopener(scene);
    case Actor::Kind::worker_life:
    case Actor::Kind::roll_back_watcher:
    case Actor::Kind::alarm: return everything;
    case Actor::Kind::watcher: return who_draws;
    }
    return everything;
}

/// The same; a bug may make a step look at more, and so does one that asks which gate counts.
Components touched_by(const Actor& actor, const Scene& scene) {
    const auto by_rule = touched_by_rule(actor, scene);
    const auto of_bug = scene.bounds().bug == Bug::none ? Components{0} : gate | ledger | topic | air | left;
    const auto of_places = scene.bounds().is_bound() ? everything : Components{0};
    return by_rule | of_bug | of_places;
}

bool is_idle(const Scene& scene, std::size_t armer_index) {
    return scene.armer(armer_index).step == Armer::Step::idle;
}

/// Nothing to do, as far as a glance shows. Of two who are alike and idle, the first begins.
bool has_nothing_to_do(const Actor& actor, const Scene& scene) {
    switch (actor.kind) {
    case Actor::Kind::applicant: return scene.applicant(actor.index).is_told();
    case Actor::Kind::records: return scene.air().records.empty() && scene.air().redriven.empty();
    case Actor::Kind::requests:
        return scene.air().to_confirm.empty() && scene.air().claims.empty() && scene.air().together.empty() && scene.air().confirms.empty();
    case Actor::Kind::worker: return false;
    case Actor::Kind::redriver: return scene.redriver().step == Redriver::Step::idle && !scene.has_left(Left::redrives);
    case Actor::Kind::losses: return !scene.has_left(Left::losses) && scene.saved() == nullptr;
    case Actor::Kind::armer:
        return is_idle(scene, actor.index) &&
               (!scene.has_left(Left::armings) || (actor.index > 0 && actor.place == home && is_idle(scene, actor.index - 1)));
    case Actor::Kind::resetter:
        return !scene.resetter(actor.index).runs &&
               (!scene.has_left(Left::resets) || (actor.index > 0 && !scene.resetter(actor.index - 1).runs));
    case Actor::Kind::closer:
        return scene.closer().stands == Closer::Stands::idle ? scene.bounds().closes == 0 : scene.closer().stands != Closer::Stands::runs;
    case Actor::Kind::reopener:
        return scene.reopener().stands == Reopener::Stands::idle ? scene.bounds().reopens == 0
                                                                 : scene.reopener().stands != Reopener::Stands::runs;
    case Actor::Kind::alarm: return !scene.apply_program().alarm;
    case Actor::Kind::worker_life:
    case Actor::Kind::roll_back_watcher:
    case Actor::Kind::watcher:
    case Actor::Kind::places:
    case Actor::Kind::strangers:
    case Actor::Kind::broker: return false;
    case Actor::Kind::ledger: return scene.saved_ledger() == nullptr;
    }
    return false;
}

std::uint64_t mixed(std::uint64_t value) {
    // splitmix64, Steele, Lea and Flood 2014.
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

} // namespace

std::uint64_t fingerprint(std::size_t component, std::uint32_t number) {
    return mixed(mixed(component + 1) ^ number);
}

std::uint64_t fingerprint(const State& state) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < state.size(); ++i)
        sum += fingerprint(i, state[i]);
    return sum;
}

std::span<const Move> Moves::of(const Actor& actor, const State& state) {
    const Scene scene(*parts_, *bounds_, state);
    if (has_nothing_to_do(actor, scene)) return {};
    const auto allowed = touched_by(actor, scene);
    std::uint64_t key = mixed((std::uint64_t{allowed} << 16U) ^ (static_cast<std::uint64_t>(actor.kind) << 8U) ^ actor.index);
    for (std::size_t i = 0; i < component::count; ++i) {
        if ((allowed & bit_of(i)) != 0) key += fingerprint(i, state[i]);
    }
    auto known = known_.find(key);
    if (known == known_.end()) known = known_.emplace(key, work_out(actor, state, allowed)).first;
    return {moves_.data() + known->second.first_move, known->second.moves};
}

State Moves::after(State state, const Move& move) const {
    for (std::uint32_t i = 0; i < move.changes; ++i)
        state[changes_[move.first_change + i].component] = changes_[move.first_change + i].number;
    return state;
}

Moves::Known Moves::work_out(const Actor& actor, const State& state, Components allowed) {
    const auto first_move = static_cast<std::uint32_t>(moves_.size());
    parts_->touched = 0;
    step_merged(actor, Scene(*parts_, *bounds_, state), [&](Act act, std::size_t who, const Scene& after) {
        Move move{act, static_cast<std::uint8_t>(who), 0, static_cast<std::uint32_t>(changes_.size()), after.reached()};
        for (std::size_t i = 0; i < component::count; ++i) {
            if (after.state()[i] == state[i]) continue;
            changes_.push_back({static_cast<std::uint8_t>(i), after.state()[i]});
            ++move.changes;
        }
        if (move.changes > 0) moves_.push_back(move);
    });
    // Otherwise what was worked out here would be taken for true where it is not.
    assert((parts_->touched & ~allowed) == 0);
    return {first_move, static_cast<std::uint32_t>(moves_.size()) - first_move};
}

} // namespace coupon::model
