#pragma once

#include "ledger/epoch_watch.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace coupon {

/// What the threads of a worker have met.
class EpochMemory final : public EpochWatch {
public:
    void meet(Round round, Epoch epoch) override {
        const std::lock_guard lock(mutex_);
        auto& highest = highest_.try_emplace(round, epoch).first->second;
        highest = std::max(highest, epoch);
    }
    [[nodiscard]] Epoch highest(Round round) const override {
        const std::lock_guard lock(mutex_);
        const auto found = highest_.find(round);
        return found == highest_.end() ? Epoch(0) : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::map<Round, Epoch> highest_;
};

} // namespace coupon
