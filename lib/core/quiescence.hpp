#pragma once

#include "core/gate_rule.hpp"
#include "core/partition_lag.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// When nothing is on its way and nothing moved while it was looked at (lib/README.md, "Quiescent").
namespace coupon {

/// The few numbers of the gate that change whenever anything happens.
struct GatePulse {
    bool armed = false;
    Round round;
    Epoch epoch;
    std::int64_t granted = 0;
    std::int64_t published = 0;
    std::int64_t outbox = 0;

    friend bool operator==(const GatePulse&, const GatePulse&) = default;
};

/// One look, taken in this order: gate, outbox, partitions, gate again.
struct QuiescenceLook {
    GatePulse before;
    std::vector<PartitionLag> partitions;
    GatePulse after;
    std::string group{}; ///< of the workers, where it is known
};

/// What keeps the event from being quiescent, one sentence each; empty when it is quiescent.
[[nodiscard]] std::vector<std::string> not_quiescent_because(const QuiescenceLook& look);

} // namespace coupon
