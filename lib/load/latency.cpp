#include "load/latency.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>

namespace coupon {

namespace {

constexpr unsigned fine_bits = 10;    // 1,024 buckets for each doubling: a bucket is at most 1/1,024 of its values wide
constexpr unsigned largest_bits = 37; // 2^37 us are 38 hours
constexpr std::uint64_t largest = (std::uint64_t{1} << largest_bits) - 1;

std::size_t bucket_of(std::uint64_t value) {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = bits > fine_bits + 1 ? bits - fine_bits - 1 : 0;
    return (std::size_t{shift} << fine_bits) + (value >> shift);
}

/// The highest value of a bucket.
std::uint64_t top_of(std::size_t bucket) {
    const auto row = bucket >> fine_bits;
    const auto shift = row > 1 ? row - 1 : 0;
    return ((bucket - (shift << fine_bits) + 1) << shift) - 1;
}

} // namespace

Latency::Latency() : buckets_(bucket_of(largest) + 1) {}

void Latency::add(Nanoseconds time) {
    const auto value = std::max(std::chrono::duration_cast<Microseconds>(time), Microseconds(0));
    ++buckets_[bucket_of(std::min(static_cast<std::uint64_t>(value.count()), largest))];
    ++count_;
    max_ = std::max(max_, value);
}

void Latency::merge(const Latency& other) {
    std::transform(buckets_.begin(), buckets_.end(), other.buckets_.begin(), buckets_.begin(), std::plus<>());
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

Microseconds Latency::at(int per_mille) const {
    assert(count_ > 0 && per_mille >= 1 && per_mille <= 1000);
    // Nearest rank in whole numbers: 0.999 * 1,000 in floating point would ask for the 1,000th of 1,000.
    const std::int64_t rank = count_ / 1000 * per_mille + (count_ % 1000 * per_mille + 999) / 1000;
    std::int64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= rank && bucket + 1 < buckets_.size()) return std::min(Microseconds(static_cast<std::int64_t>(top_of(bucket))), max_);
    }
    return max_;
}

std::optional<LatencySummary> Latency::summary() const {
    if (count_ == 0) return std::nullopt;
    return LatencySummary{at(500), at(900), at(990), at(999), max_};
}

} // namespace coupon
