#include "core/sha256.hpp"

#include <openssl/evp.h>

#include <new>

namespace coupon {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// libcrypto fails here only where memory ran out.
void check(int done) {
    if (done != 1) throw std::bad_alloc();
}

} // namespace

struct Sha256::Context {
    Context() : handle(EVP_MD_CTX_new()) {
        if (handle == nullptr) throw std::bad_alloc();
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(handle); }

    EVP_MD_CTX* handle;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    check(EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr));
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    check(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()));
}

Sha256Digest Sha256::digest() const {
    // Finishing ends a context, so a copy is finished.
    const Context copy;
    check(EVP_MD_CTX_copy_ex(copy.handle, context_->handle));
    Sha256Digest digest{};
    check(EVP_DigestFinal_ex(copy.handle, digest.data(), nullptr));
    return digest;
}

Sha256Digest sha256(std::string_view bytes) {
    Sha256Digest digest{};
    check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr));
    return digest;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::optional<Sha256Digest> parse_sha256(std::string_view text) {
    Sha256Digest digest{};
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = digits.find(text[2 * i]);
        const auto low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high << 4U | low);
    }
    return digest;
}

} // namespace coupon
