#pragma once

#include <array>
#include <cstdint>

namespace coupon {

/// One step of the generator splitmix64 (https://prng.di.unimi.it/splitmix64.c): a well mixed 64-bit number for each input.
[[nodiscard]] std::uint64_t mixed(std::uint64_t value);

/// A seeded shuffle of 0..size-1 that needs no memory: a Feistel network over the next power of four, walked until the value falls
/// into the range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). The standard library's shuffle would need
/// the whole list, and its result differs between implementations.
class Permutation {
public:
    /// size: 0 or more.
    Permutation(std::int64_t size, std::uint64_t seed);

    /// The value at `index`. REQUIRES: 0 <= index < size.
    [[nodiscard]] std::int64_t at(std::int64_t index) const;

private:
    [[nodiscard]] std::uint64_t scrambled(std::uint64_t value) const;

    std::uint64_t size_;
    unsigned half_bits_ = 1;
    std::array<std::uint64_t, 6> keys_{};
};

} // namespace coupon
