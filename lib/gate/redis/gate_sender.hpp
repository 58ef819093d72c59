#pragma once

#include "core/event_name.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/gate_requests.hpp"
#include "gate/redis/redis_lane.hpp"

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

    /// Sends what waits on a connection. Where the gate is expected to be sold out, claims only read. Claims that ask the script go
    /// together, and so do confirms; while a script is under way they wait, so that more of them go together. REQUIRES: the lane is ready.
    void send_waiting(RedisLane& lane, bool expects_sold_out, Tick now) const;
    /// The claims, or confirms, among these that have not completed, in one script. REQUIRES: the lane is ready, and they are of one round,
    /// and confirms of one epoch.
    void send_script(RedisLane& lane, const std::vector<GateRequests::Id>& ids, SentAs as, Tick now) const;

private:
    void send_reads(RedisLane& lane, Tick now) const;
    void send_read(RedisLane& lane, GateRequests::Id id, const Application& application, Tick now) const;
    void send_look(RedisLane& lane, GateRequests::Id id, const Application& application, Tick now) const;
    void send_claims(RedisLane& lane, std::vector<GateRequests::Id> ids, SentAs as, Tick now) const;
    void send_confirms(RedisLane& lane, std::vector<GateRequests::Id> ids, SentAs as, Tick now) const;

    const GateRequests& requests_;
    GateKeys keys_;
    std::string database_;
    std::string seal_;
};

} // namespace coupon
