#pragma once

#include "core/grant_order.hpp"

#include <algorithm>
#include <map>

namespace coupon {

/// The grants of the highest epoch, for GrantOrder in one thread.
class PlainGrants {
public:
    [[nodiscard]] GrantMark highest() const { return highest_; }

    [[nodiscard]] PlainGrants* of(Epoch epoch) {
        if (epoch < highest_.epoch) return nullptr;
        if (epoch > highest_.epoch) {
            highest_ = {epoch, Slot(0)};
            holders_.clear();
        }
        return this;
    }

    void raise(Slot slot) { highest_.slot = std::max(highest_.slot, slot); }
    [[nodiscard]] UserId hold(Slot slot, UserId user) { return holders_.try_emplace(slot, user).first->second; }

private:
    GrantMark highest_;
    std::map<Slot, UserId> holders_;
};

} // namespace coupon
