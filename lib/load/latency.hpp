#pragma once

#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace coupon {

using Microseconds = std::chrono::microseconds;

/// The figures a report shows. Each is at least as high as the exact one and at most 0.1 % above it; max is exact.
struct LatencySummary {
    Microseconds p50{0};
    Microseconds p90{0};
    Microseconds p99{0};
    Microseconds p99_9{0};
    Microseconds max{0};

    friend bool operator==(const LatencySummary&, const LatencySummary&) = default;
};

/// How long things took, as a histogram of constant size with three significant digits, from 1 us to about 38 hours (what is longer counts
/// as that long, but in max). Buckets as in HdrHistogram (http://hdrhistogram.org): linear up to 2,048 us, then 1,024 for each doubling.
class Latency {
public:
    Latency();

    /// A negative time counts as none; parts of a microsecond are dropped.
    void add(Nanoseconds time);
    void merge(const Latency& other);

    [[nodiscard]] std::int64_t count() const { return count_; }
    /// Absent without a single sample: no figure is better than a zero that was not measured.
    [[nodiscard]] std::optional<LatencySummary> summary() const;
    /// The time that `per_mille` of 1,000 samples do not exceed (500 is the median). REQUIRES: count() > 0 and 1 <= per_mille <= 1000.
    [[nodiscard]] Microseconds at(int per_mille) const;

private:
    std::vector<std::int64_t> buckets_;
    std::int64_t count_ = 0;
    Microseconds max_{0};
};

} // namespace coupon
