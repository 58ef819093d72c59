#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace coupon {

/// A table of things on their way, each found in constant time by a number that is never used twice. A place that was given up is taken
/// again with whatever memory its last holder left in it, so that a steady stream of short-lived things allocates nothing.
template <class Thing>
class Places {
public:
    using Id = std::uint64_t;

    /// A place for one more; what lies there is to be assigned. Pointers and references from before may end here.
    [[nodiscard]] Id take() {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(places_.size()));
            places_.emplace_back();
        }
        const auto index = free_.back();
        free_.pop_back();
        auto& place = places_[index];
        place.is_taken = true;
        ++size_;
        return (static_cast<Id>(place.generation) << index_bits) | index;
    }

    /// nullptr: it was given up already.
    [[nodiscard]] Thing* find(Id id) {
        auto& place = places_[index_of(id)];
        return place.is_taken && place.generation == generation_of(id) ? &place.thing : nullptr;
    }
    [[nodiscard]] const Thing* find(Id id) const {
        const auto& place = places_[index_of(id)];
        return place.is_taken && place.generation == generation_of(id) ? &place.thing : nullptr;
    }

    /// REQUIRES: find(id) finds it.
    void give_up(Id id) {
        assert(find(id) != nullptr);
        auto& place = places_[index_of(id)];
        place.is_taken = false;
        ++place.generation;
        free_.push_back(index_of(id));
        --size_;
    }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct Place {
        Thing thing{};
        std::uint32_t generation = 0; ///< raised when the place is given up, so that an old id finds nothing
        bool is_taken = false;
    };

    static constexpr unsigned index_bits = 32;
    static std::uint32_t index_of(Id id) { return static_cast<std::uint32_t>(id); }
    static std::uint32_t generation_of(Id id) { return static_cast<std::uint32_t>(id >> index_bits); }

    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

} // namespace coupon
