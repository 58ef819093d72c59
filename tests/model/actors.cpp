#include "model/actors.hpp"

namespace coupon::model {

std::vector<Actor> actors_of(const Bounds& bounds) {
    using Kind = Actor::Kind;
    std::vector<Actor> actors;
    for (std::size_t i = 0; i < bounds.users.size(); ++i)
        actors.push_back({Kind::applicant, i});
    actors.push_back({Kind::records, 0});
    actors.push_back({Kind::requests, 0});
    for (std::size_t i = 0; i < static_cast<std::size_t>(bounds.partitions); ++i)
        actors.push_back({Kind::worker, i});
    actors.push_back({Kind::redriver, 0});
    actors.push_back({Kind::losses, 0});
    for (std::size_t i = 0; i < most_armers; ++i)
        actors.push_back({Kind::armer, i});
    for (std::size_t i = 0; i < most_resetters; ++i)
        actors.push_back({Kind::resetter, i});
    if (bounds.are_closed()) {
        for (const auto kind : {Kind::closer, Kind::reopener, Kind::watcher})
            actors.push_back({kind, 0});
    }
    return actors;
}

void step(const Actor& actor, const Scene& scene, const Take& take) {
    switch (actor.kind) {
    case Actor::Kind::applicant: return step_applicant(scene, actor.index, take);
    case Actor::Kind::records: return step_records(scene, take);
    case Actor::Kind::requests: return step_requests(scene, take);
    case Actor::Kind::worker: return step_worker(scene, actor.index, take);
    case Actor::Kind::redriver: return step_redriver(scene, take);
    case Actor::Kind::losses: return step_losses(scene, take);
    case Actor::Kind::armer: return step_armer(scene, actor.index, take);
    case Actor::Kind::resetter: return step_resetter(scene, actor.index, take);
    case Actor::Kind::closer: return step_closer(scene, take);
    case Actor::Kind::reopener: return step_reopener(scene, take);
    case Actor::Kind::watcher: return step_watcher(scene, take);
    }
}

} // namespace coupon::model
