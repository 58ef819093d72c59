#include "core/public_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <new>

namespace coupon {

namespace {

constexpr int fewest_bits = 2048;

} // namespace

std::string unusable_public_key_because(std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    if (!source) throw std::bad_alloc();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr),
                                                                  &EVP_PKEY_free);
    // The reason is of no use to anybody, and must not be taken for the next call's.
    ERR_clear_error();
    if (!key) return "it holds no public key in PEM form, which begins with -----BEGIN PUBLIC KEY-----";
    if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return "its key is no RSA key";
    const int bits = EVP_PKEY_bits(key.get());
    return bits >= fewest_bits ? "" : "its key has " + std::to_string(bits) + " bits, fewer than " + std::to_string(fewest_bits);
}

} // namespace coupon
