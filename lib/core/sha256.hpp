#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace coupon {

/// A SHA-256 digest, 32 bytes. FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4
using Sha256Digest = std::array<std::uint8_t, 32>;

/// The SHA-256 digest of these bytes.
[[nodiscard]] Sha256Digest sha256(std::string_view bytes);

/// Lower-case hexadecimal digits, two for each byte, most significant first.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// The digest that hex() spelled; nullopt for any other text.
[[nodiscard]] std::optional<Sha256Digest> parse_sha256(std::string_view text);

/// SHA-256 of bytes that come in pieces.
class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void add(std::string_view bytes);
    /// The digest of all bytes added so far. Adding may go on afterwards.
    [[nodiscard]] Sha256Digest digest() const;

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

} // namespace coupon
