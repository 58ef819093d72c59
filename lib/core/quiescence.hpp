#pragma once

#include "core/gate_rule.hpp"

#include <cstdint>
#include <optional>
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

/// One partition of the topic, with the group's committed offset where it has one.
struct PartitionLag {
    std::int32_t partition = 0;
    std::int64_t low = 0;  ///< first offset still there
    std::int64_t high = 0; ///< one past the last record
    std::optional<std::int64_t> committed;

    /// Records between the group's position and the end; an empty partition has none whatever was committed.
    [[nodiscard]] std::int64_t behind() const;
};

/// One look, taken in this order: gate, outbox, partitions, gate again.
struct QuiescenceLook {
    GatePulse before;
    std::vector<PartitionLag> partitions;
    GatePulse after;
};

/// What keeps the event from being quiescent, one sentence each; empty when it is quiescent.
[[nodiscard]] std::vector<std::string> not_quiescent_because(const QuiescenceLook& look);

} // namespace coupon
