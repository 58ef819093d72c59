#pragma once

#include "core/grant_order.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace coupon {

/// The users of the slots that share all but their lowest `level` + 1 bytes. Slots lie close together, so each costs eight bytes, and one
/// that a server has made up costs a few branches.
template <int level>
class SlotTree {
public:
    SlotTree() = default;
    SlotTree(const SlotTree&) = delete;
    SlotTree& operator=(const SlotTree&) = delete;
    ~SlotTree() {
        for (auto& branch : branches_)
            delete branch.load();
    }

    [[nodiscard]] UserId hold(Slot slot, UserId user) {
        auto& branch = branches_[(static_cast<std::uint64_t>(slot.value()) >> (8 * level)) & 255];
        auto* lower = branch.load(std::memory_order_acquire);
        if (lower == nullptr) {
            auto* fresh = new SlotTree<level - 1>;
            if (branch.compare_exchange_strong(lower, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) {
                lower = fresh;
            } else {
                delete fresh; // Another thread was faster.
            }
        }
        return lower->hold(slot, user);
    }

private:
    std::array<std::atomic<SlotTree<level - 1>*>, 256> branches_{};
};

template <>
class SlotTree<0> {
public:
    [[nodiscard]] UserId hold(Slot slot, UserId user) {
        std::int64_t none = 0;
        auto& holder = holders_[static_cast<std::uint64_t>(slot.value()) & 255];
        return holder.compare_exchange_strong(none, ~user.value(), std::memory_order_relaxed) ? user : UserId(~none);
    }

private:
    std::array<std::atomic<std::int64_t>, 256> holders_{}; ///< each ~USER, which is never 0, or 0
};

/// The memory of GrantOrder for several threads, none of which waits for another. It keeps the ended epochs as well, because a thread may
/// still be looking at one.
class SharedGrants {
public:
    class EpochGrants {
    public:
        explicit EpochGrants(Epoch epoch) : epoch_(epoch) {}

        void raise(Slot slot) {
            auto before = highest_.load(std::memory_order_relaxed);
            while (before < slot.value() && !highest_.compare_exchange_weak(before, slot.value(), std::memory_order_relaxed)) {
            }
        }
        [[nodiscard]] UserId hold(Slot slot, UserId user) { return holders_.hold(slot, user); }

    private:
        friend class SharedGrants;
        Epoch epoch_;
        EpochGrants* before_ = nullptr;
        std::atomic<std::int64_t> highest_{0};
        SlotTree<7> holders_;
    };

    SharedGrants() = default;
    SharedGrants(const SharedGrants&) = delete;
    SharedGrants& operator=(const SharedGrants&) = delete;
    ~SharedGrants();

    [[nodiscard]] GrantMark highest() const;
    [[nodiscard]] EpochGrants* of(Epoch epoch);

private:
    std::atomic<EpochGrants*> newest_{new EpochGrants(Epoch(0))}; ///< never null
};

} // namespace coupon
