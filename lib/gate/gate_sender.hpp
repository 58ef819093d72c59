#pragma once

#include "core/event_name.hpp"
#include "gate/gate_layout.hpp"
#include "gate/gate_requests.hpp"
#include "gate/redis_lane.hpp"

#include <string>
#include <vector>

namespace coupon {

/// Writes requests to a connection as the commands they are sent by.
class GateSender {
public:
    /// `requests` must outlive it.
    GateSender(const GateRequests& requests, const EventName& event, int database)
        : requests_(requests), keys_(event), database_(std::to_string(database)) {}

    /// See Gate::expect_seal.
    void expect_seal(const std::string& seal) { seal_ = seal; }
    [[nodiscard]] const std::string& seal() const { return seal_; }

    /// REQUIRES: the lane is ready; `as` is one of a claim.
    void send_claim(RedisLane& lane, GateRequests::Id id, const Application& application, SentAs as, Tick now) const;
    /// The confirms among these, as many to a command as are of one epoch. REQUIRES: the lane is ready; `as` is one of confirms.
    void send_confirms(RedisLane& lane, const std::vector<GateRequests::Id>& ids, SentAs as, Tick now) const;

private:
    void send_together(RedisLane& lane, std::vector<GateRequests::Id> ids, SentAs as, Tick now) const;

    const GateRequests& requests_;
    GateKeys keys_;
    std::string database_;
    std::string seal_;
};

} // namespace coupon
