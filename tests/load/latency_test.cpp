#include "load/latency.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace coupon;
using namespace std::chrono_literals;

namespace {

/// The nearest-rank quantile by sorting everything.
std::int64_t exact_quantile(std::vector<std::int64_t> values, int per_mille) {
    std::sort(values.begin(), values.end());
    const auto size = static_cast<std::int64_t>(values.size());
    const auto rank = (size * per_mille + 999) / 1000;
    return values[static_cast<std::size_t>(rank - 1)];
}

std::vector<std::int64_t> samples(std::size_t count, double highest_power_of_ten, std::uint64_t seed) {
    std::mt19937_64 chance(seed);
    std::uniform_real_distribution<double> power(0.0, highest_power_of_ten);
    std::vector<std::int64_t> values(count);
    std::generate(values.begin(), values.end(), [&] { return static_cast<std::int64_t>(std::pow(10.0, power(chance))); });
    return values;
}

} // namespace

TEST_SUITE_BEGIN("load/latency");

TEST_CASE("no sample is no figure") {
    const Latency latency;
    CHECK(latency.count() == 0);
    CHECK_FALSE(latency.summary());
}

TEST_CASE("one sample is every figure") {
    Latency latency;
    latency.add(1234us);
    CHECK(latency.count() == 1);
    CHECK(latency.summary() == LatencySummary{1234us, 1234us, 1234us, 1234us, 1234us});
}

TEST_CASE("a sample of zero is a sample") {
    Latency latency;
    latency.add(999ns);
    CHECK(latency.summary() == LatencySummary{});
    latency.add(-1s);
    CHECK(latency.count() == 2);
    CHECK(latency.at(1000) == 0us);
}

TEST_CASE("up to 2 ms every figure is exact") {
    Latency latency;
    for (int value = 1; value <= 1000; ++value)
        latency.add(std::chrono::microseconds(value));
    CHECK(latency.summary() == LatencySummary{500us, 900us, 990us, 999us, 1000us});
}

TEST_CASE("each figure lies between the exact one and 0.1 % above it, over seven powers of ten") {
    for (const double power : {1.0, 3.4, 5.0, 7.0, 11.0}) {
        for (const std::size_t count : {1U, 2U, 7U, 999U, 1000U, 1001U, 50'000U}) {
            const auto values = samples(count, power, count);
            Latency latency;
            for (const auto value : values)
                latency.add(std::chrono::microseconds(value));
            CHECK(latency.count() == static_cast<std::int64_t>(count));
            for (const int per_mille : {1, 500, 900, 990, 999, 1000}) {
                CAPTURE(power);
                CAPTURE(count);
                CAPTURE(per_mille);
                const auto exact = exact_quantile(values, per_mille);
                const auto shown = latency.at(per_mille).count();
                CHECK(shown >= exact);
                CHECK(static_cast<double>(shown - exact) <= static_cast<double>(exact) * 0.001);
            }
            CHECK(latency.at(1000).count() == *std::max_element(values.begin(), values.end()));
        }
    }
}

TEST_CASE("every power of two and its neighbours keep three digits") {
    for (int bits = 0; bits < 37; ++bits) {
        for (const std::int64_t value : {(std::int64_t{1} << bits) - 1, std::int64_t{1} << bits, (std::int64_t{1} << bits) + 1}) {
            Latency latency;
            latency.add(std::chrono::microseconds(value));
            latency.add(1h * 40); // keeps the exact maximum from hiding the bucket's own limit
            CAPTURE(value);
            CHECK(latency.at(500).count() >= value);
            CHECK(static_cast<double>(latency.at(500).count() - value) <= static_cast<double>(value) * 0.001);
        }
    }
}

TEST_CASE("what takes longer than the histogram reaches is counted, and the maximum is exact") {
    Latency latency;
    latency.add(1ms);
    latency.add(24h * 100);
    CHECK(latency.count() == 2);
    CHECK(latency.at(500) == 1ms);
    CHECK(latency.at(1000) == 24h * 100);
}

TEST_CASE("merged histograms say what one histogram of all samples says") {
    Latency whole;
    Latency first;
    Latency second;
    for (const auto value : samples(5000, 6.0, 1)) {
        whole.add(std::chrono::microseconds(value));
        first.add(std::chrono::microseconds(value));
    }
    for (const auto value : samples(3000, 4.0, 2)) {
        whole.add(std::chrono::microseconds(value));
        second.add(std::chrono::microseconds(value));
    }
    first.merge(second);
    CHECK(first.count() == 8000);
    CHECK(first.summary() == whole.summary());
    first.merge(Latency{});
    CHECK(first.summary() == whole.summary());
}

TEST_SUITE_END();
