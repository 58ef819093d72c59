#pragma once

#include "core/round.hpp"

namespace coupon {

/// The highest epoch of each round that a program has met: in rows, in gates, and in records that the round's gate signed. A row that says
/// less has lost an arming, and the fence with it. Calls may come from several threads.
class EpochWatch {
public:
    EpochWatch() = default;
    EpochWatch(const EpochWatch&) = delete;
    EpochWatch& operator=(const EpochWatch&) = delete;
    virtual ~EpochWatch() = default;

    virtual void meet(Round round, Epoch epoch) = 0;
    /// 0 where none was met.
    [[nodiscard]] virtual Epoch highest(Round round) const = 0;
};

} // namespace coupon
