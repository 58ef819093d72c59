#include "model/actors.hpp"

namespace coupon::model {

std::vector<Actor> actors_of(const Bounds& bounds) {
    using Kind = Actor::Kind;
    std::vector<Actor> actors;
    for (std::size_t i = 0; i < bounds.users.size(); ++i)
        actors.push_back({Kind::applicant, i, i + static_cast<std::size_t>(bounds.strays) < bounds.users.size() ? home : elsewhere});
    actors.push_back({Kind::records, 0});
    actors.push_back({Kind::requests, 0});
    for (std::size_t i = 0; i < static_cast<std::size_t>(bounds.partitions); ++i)
        actors.push_back({Kind::worker, i});
    actors.push_back({Kind::redriver, 0});
    actors.push_back({Kind::losses, 0});
    for (std::size_t i = 0; i < (bounds.arms_alone ? 1 : most_armers); ++i)
        actors.push_back({Kind::armer, i, bounds.has_other_gate() && i > 0 ? elsewhere : home});
    for (std::size_t i = 0; i < most_resetters; ++i)
        actors.push_back({Kind::resetter, i});
    if (bounds.has_other_gate()) actors.push_back({Kind::places, 0});
    if (bounds.forgeries > 0) actors.push_back({Kind::strangers, 0});
    if (bounds.ledger_losses > 0) actors.push_back({Kind::ledger, 0});
    if (bounds.log_losses > 0) actors.push_back({Kind::broker, 0});
    if (bounds.is_bound()) {
        for (std::size_t i = 0; i < most_workers; ++i)
            actors.push_back({Kind::worker_life, i, bounds.has_other_gate() && i > 0 ? elsewhere : home});
    }
    if (bounds.goes_back) {
        actors.push_back({Kind::roll_back_watcher, 0});
        actors.push_back({Kind::alarm, 0});
    }
    if (bounds.are_closed()) {
        for (const auto kind : {Kind::closer, Kind::reopener, Kind::watcher})
            actors.push_back({kind, 0});
    }
    return actors;
}

namespace {

void step_in_place(const Actor& actor, const Scene& scene, const Take& take) {
    switch (actor.kind) {
    case Actor::Kind::applicant: return step_applicant(scene, actor.index, take);
    case Actor::Kind::records: return step_records(scene, take);
    case Actor::Kind::requests: return step_requests(scene, take);
    case Actor::Kind::worker: return step_worker(scene, actor.index, take);
    case Actor::Kind::redriver: return step_redriver(scene, take);
    case Actor::Kind::losses: return step_losses(scene, take);
    case Actor::Kind::armer: return step_armer(scene, actor.index, take);
    case Actor::Kind::resetter: return step_resetter(scene, actor.index, take);
    case Actor::Kind::places: return step_places(scene, take);
    case Actor::Kind::strangers: return step_strangers(scene, take);
    case Actor::Kind::ledger: return step_ledger(scene, take);
    case Actor::Kind::broker: return step_broker(scene, take);
    case Actor::Kind::closer: return step_closer(scene, take);
    case Actor::Kind::reopener: return step_reopener(scene, take);
    case Actor::Kind::worker_life: return step_worker_life(scene, actor.index, take);
    case Actor::Kind::roll_back_watcher: return step_roll_back_watcher(scene, take);
    case Actor::Kind::alarm: return step_alarm(scene, take);
    case Actor::Kind::watcher: return step_watcher(scene, take);
    }
}

} // namespace

void step(const Actor& actor, const Scene& scene, const Take& take) {
    if (actor.place == home) return step_in_place(actor, scene, take);
    step_in_place(actor, scene.seen_from(actor.place),
                  [&](Act act, std::size_t who, const Scene& after) { take(act, who, after.seen_from(home)); });
}

} // namespace coupon::model
