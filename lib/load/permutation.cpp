#include "load/permutation.hpp"

#include <bit>
#include <cassert>

namespace coupon {

std::uint64_t mixed(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

Permutation::Permutation(std::int64_t size, std::uint64_t seed) : size_(static_cast<std::uint64_t>(size)) {
    assert(size >= 0);
    const auto bits = static_cast<unsigned>(std::bit_width(size_ > 0 ? size_ - 1 : 0));
    if (bits > 2) half_bits_ = (bits + 1) / 2;
    for (auto& key : keys_)
        key = seed = mixed(seed);
}

std::uint64_t Permutation::scrambled(std::uint64_t value) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask;
    for (const auto key : keys_) {
        const auto next = left ^ (mixed(right ^ key) & mask);
        left = right;
        right = next;
    }
    return (left << half_bits_) | right;
}

std::int64_t Permutation::at(std::int64_t index) const {
    assert(index >= 0 && static_cast<std::uint64_t>(index) < size_);
    auto value = static_cast<std::uint64_t>(index);
    // Each walk stays on one cycle of the network, which passes through the start, so it comes back into the range.
    do {
        value = scrambled(value);
    } while (value >= size_);
    return static_cast<std::int64_t>(value);
}

} // namespace coupon
