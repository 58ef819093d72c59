#pragma once

#include "core/grant.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// A record's signature: the first 16 bytes of an HMAC-SHA-256 (RFC 2104).
using Mac = std::array<std::uint8_t, 16>;

/// The signature that 32 lower-case hexadecimal digits spell; nullopt for any other text.
[[nodiscard]] std::optional<Mac> parse_mac(std::string_view text);

/// The secret of a round: 16 random bytes that coupon-reset draws. Ledger and gate hold it; everybody who can read one of them can sign
/// records. Nothing prints it: what names a key is its seal.
class RoundKey {
public:
    static constexpr std::size_t size = 16;

    /// The key that 32 lower-case hexadecimal digits spell; nullopt for any other text.
    [[nodiscard]] static std::optional<RoundKey> parse(std::string_view text);

    /// 32 hexadecimal digits, as ledger and gate store the key. Secret.
    [[nodiscard]] std::string secret_text() const;
    /// The first 8 bytes of the key's SHA-256, 16 hexadecimal digits: tells two keys apart and does not tell the key.
    [[nodiscard]] std::string seal() const;

    /// The HMAC over event, round, epoch, slot, user and granted_at as a record spells them (decimal; granted_at in ms since 1970), each
    /// followed by a line feed.
    [[nodiscard]] Mac sign(std::string_view event, const Grant& grant) const;

    friend bool operator==(const RoundKey&, const RoundKey&) = default;

private:
    explicit RoundKey(const std::array<std::uint8_t, size>& bytes) : bytes_(bytes) {}

    std::array<std::uint8_t, size> bytes_;
};

} // namespace coupon
