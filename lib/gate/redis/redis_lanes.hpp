#pragma once

#include "gate/redis/redis_lane.hpp"

#include <optional>
#include <vector>

namespace coupon {

/// The connections of a gate, waited for together.
class RedisLanes {
public:
    RedisLanes(const RedisOptions& options, int count, Tick now);

    [[nodiscard]] auto begin() { return lanes_.begin(); }
    [[nodiscard]] auto end() { return lanes_.end(); }
    [[nodiscard]] const RedisLane& front() const { return lanes_.front(); }
    [[nodiscard]] bool is_any_ready() const;
    [[nodiscard]] bool are_all_ready() const;
    [[nodiscard]] bool are_all_broken() const;

    /// A connection that has less than its share of `requests`, one after the other up to it, so that much goes together; where there is
    /// none, the one with the least to do. nullptr: none is ready. A quarter of them is a share where that is no more than goes together:
    /// few have a connection each and need not wait, and many fill a few.
    [[nodiscard]] RedisLane* pick(std::size_t requests);

    /// RedisLane::run_out() of the one that has the request.
    [[nodiscard]] RedisLane::Whereabouts run_out(GateRequests::Id id);

    /// The moment at which advance() must be called though nothing comes.
    [[nodiscard]] std::optional<Tick> wake_time() const;
    /// One round of poll() over all of them, until `until` at the latest. False: a signal came.
    bool move_bytes(Tick until);

private:
    std::vector<RedisLane> lanes_;
    std::size_t next_ = 0;
    std::vector<pollfd> sockets_;
};

} // namespace coupon
