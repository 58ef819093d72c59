#include "flow/apply/shared_grants.hpp"

#include <memory>

namespace coupon {

SharedGrants::~SharedGrants() {
    auto* newest = newest_.load();
    while (newest != nullptr) {
        const std::unique_ptr<EpochGrants> ended(newest);
        newest = ended->before_;
    }
}

GrantMark SharedGrants::highest() const {
    const auto* newest = newest_.load(std::memory_order_acquire);
    return {newest->epoch_, Slot(newest->highest_.load(std::memory_order_relaxed))};
}

SharedGrants::EpochGrants* SharedGrants::of(Epoch epoch) {
    auto* newest = newest_.load(std::memory_order_acquire);
    if (epoch > newest->epoch_) {
        auto fresh = std::make_unique<EpochGrants>(epoch);
        do {
            fresh->before_ = newest;
            if (newest_.compare_exchange_weak(newest, fresh.get(), std::memory_order_acq_rel, std::memory_order_acquire))
                return fresh.release();
        } while (epoch > newest->epoch_);
    }
    return epoch == newest->epoch_ ? newest : nullptr;
}

} // namespace coupon
