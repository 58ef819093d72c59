#pragma once

#include "core/index.hpp"
#include "core/round.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace coupon {

/// Who has which slot, in a list of things that each have one. Four bytes a slot: slots are given from 1 up without gaps, those that
/// nobody could have been given stand apart.
class SlotHolders {
public:
    SlotHolders() = default;
    /// `slot_of(i)` is the slot of the i-th of `count` things, nullopt for one that is to be passed over.
    template <class SlotOf>
    SlotHolders(std::size_t count, const SlotOf& slot_of) : near_(count, nobody) {
        for (std::size_t i = 0; i < count; ++i) {
            if (const std::optional<Slot> slot = slot_of(i)) add(*slot, static_cast<Index>(i));
        }
    }

    /// The first in the list that has the slot.
    [[nodiscard]] std::optional<Index> first(Slot slot) const {
        const auto place = place_of(slot);
        if (place < near_.size()) return near_[place] == nobody ? std::nullopt : std::optional(near_[place]);
        const auto found = far_.find(slot);
        return found == far_.end() ? std::nullopt : std::optional(found->second);
    }
    /// Those that have a slot that another before them has, in the order of the list.
    [[nodiscard]] const std::vector<std::pair<Slot, Index>>& later() const { return later_; }

private:
    static constexpr Index nobody = std::numeric_limits<Index>::max();

    /// Slot 0 and those below it come out beyond every other.
    [[nodiscard]] static std::uint64_t place_of(Slot slot) { return static_cast<std::uint64_t>(slot.value()) - 1; }

    void add(Slot slot, Index index) {
        const auto place = place_of(slot);
        auto& holder = place < near_.size() ? near_[place] : far_.emplace(slot, nobody).first->second;
        if (holder == nobody) {
            holder = index;
        } else {
            later_.emplace_back(slot, index);
        }
    }

    std::vector<Index> near_; ///< by slot, from 1
    std::map<Slot, Index> far_;
    std::vector<std::pair<Slot, Index>> later_;
};

} // namespace coupon
