#include "gate/redis/redis_lanes.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace coupon {

RedisLanes::RedisLanes(const RedisOptions& options, int count, Tick now) {
    for (int i = 0; i < count; ++i)
        lanes_.emplace_back(options, now);
    sockets_.resize(lanes_.size());
}

bool RedisLanes::is_any_ready() const {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const RedisLane& lane) { return lane.is_ready(); });
}

bool RedisLanes::are_all_ready() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const RedisLane& lane) { return lane.is_ready(); });
}

bool RedisLanes::are_all_broken() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const RedisLane& lane) { return lane.is_broken(); });
}

RedisLane* RedisLanes::pick(std::size_t requests) {
    constexpr std::size_t at_once = 4;
    const auto share = std::max(requests / lanes_.size() + 1, std::min(requests / at_once + 1, most_together));
    RedisLane* best = nullptr;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        auto& lane = lanes_[next_];
        if (lane.is_ready() && (best == nullptr || lane.load() < best->load())) best = &lane;
        if (best == &lane && lane.load() < share) break;
        next_ = next_ + 1 == lanes_.size() ? 0 : next_ + 1;
    }
    return best;
}

RedisLane::Whereabouts RedisLanes::run_out(GateRequests::Id id) {
    for (auto& lane : lanes_) {
        const auto whereabouts = lane.run_out(id);
        if (whereabouts != RedisLane::Whereabouts::elsewhere) return whereabouts;
    }
    return RedisLane::Whereabouts::elsewhere;
}

std::optional<Tick> RedisLanes::wake_time() const {
    std::optional<Tick> first;
    for (const auto& lane : lanes_) {
        const auto wake = lane.wake_time();
        if (wake && (!first || *wake < *first)) first = wake;
    }
    return first;
}

bool RedisLanes::move_bytes(Tick until) {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
        sockets_[i] = lanes_[i].interest();
    const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()).count();
    const auto wait = std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max());
    const int ready = ::poll(sockets_.data(), sockets_.size(), static_cast<int>(wait));
    const bool is_interrupted = ready < 0 && errno == EINTR;
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < lanes_.size(); ++i)
        lanes_[i].advance(ready > 0 ? sockets_[i].revents : short{0}, now);
    return !is_interrupted;
}

} // namespace coupon
