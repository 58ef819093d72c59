#include "core/round_key.hpp"

#include "core/sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <new>
#include <type_traits>

namespace coupon {

namespace {

constexpr std::size_t seal_bytes = 8;

/// libcrypto fails here only where memory ran out.
void check(bool done) {
    if (!done) throw std::bad_alloc();
}

using Bytes = std::array<std::uint8_t, RoundKey::size>;
static_assert(std::is_same_v<Bytes, Mac>, "both are spelled the same way");

constexpr std::uint8_t no_digit = 0xff;

/// The value of each character as a hexadecimal digit: a table, for the branches on a million random digits cost more than all else here.
constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::uint8_t i = 0; i < 10; ++i)
        values.at(static_cast<std::size_t>('0' + i)) = i;
    for (std::uint8_t i = 0; i < 6; ++i)
        values.at(static_cast<std::size_t>('a' + i)) = static_cast<std::uint8_t>(10 + i);
    return values;
}();

std::optional<Bytes> bytes_in(std::string_view text) {
    if (text.size() != 2 * RoundKey::size) return std::nullopt;
    Bytes bytes{};
    std::uint8_t seen = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = digit_values[static_cast<std::uint8_t>(text[2 * i])];
        const auto low = digit_values[static_cast<std::uint8_t>(text[2 * i + 1])];
        seen |= high | low;
        bytes[i] = static_cast<std::uint8_t>(high << 4U | (low & 0x0fU));
    }
    return seen > 0x0f ? std::nullopt : std::optional(bytes);
}

struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

/// HMAC-SHA-256 with this key taken in. Taking it in costs ten times as much as signing a record, and nearly all records of a while are of
/// one round, so each thread keeps the context of the key it used last.
EVP_MAC_CTX* keyed_context(const Bytes& key) {
    thread_local MacContext context;
    thread_local Bytes taken_in{};
    if (context != nullptr && taken_in == key) {
        check(EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1); // without a key: again with the one it has
        return context.get();
    }
    auto* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    check(algorithm != nullptr);
    context.reset(EVP_MAC_CTX_new(algorithm));
    EVP_MAC_free(algorithm); // the context holds a reference of its own
    check(context != nullptr);
    std::string digest = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    check(EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) == 1);
    taken_in = key;
    return context.get();
}

} // namespace

std::optional<Mac> parse_mac(std::string_view text) {
    return bytes_in(text);
}

std::optional<RoundKey> RoundKey::parse(std::string_view text) {
    const auto bytes = bytes_in(text);
    return bytes ? std::optional(RoundKey(*bytes)) : std::nullopt;
}

std::string RoundKey::secret_text() const {
    return hex(bytes_);
}

std::string RoundKey::seal() const {
    const auto digest = sha256({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
    return hex(std::span(digest).first<seal_bytes>());
}

Mac RoundKey::sign(std::string_view event, const Grant& grant) const {
    constexpr std::size_t longest_number = 20;
    const std::array numbers{grant.round.value(), grant.epoch.value(), grant.slot.value(), grant.user.value(),
                             std::int64_t{grant.granted_at.time_since_epoch().count()}};
    std::string text;
    text.reserve(event.size() + numbers.size() * (longest_number + 1) + 1);
    text += event;
    text += '\n';
    for (const auto number : numbers) {
        std::array<char, longest_number> digits{};
        text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
        text += '\n';
    }
    auto* const context = keyed_context(bytes_);
    check(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    std::array<std::uint8_t, 32> whole{};
    std::size_t length = 0;
    check(EVP_MAC_final(context, whole.data(), &length, whole.size()) == 1);
    Mac mac{};
    std::copy_n(whole.begin(), mac.size(), mac.begin());
    return mac;
}

} // namespace coupon
