#include "core/public_key.hpp"

#include "fakes/some_public_key.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/public_key");

namespace {

const std::string rsa_1024 = "-----BEGIN PUBLIC KEY-----\n"
                             "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC6wsHnzrwDSYarCohCyYJyf/16\n"
                             "hEwEOKuOtBO5AoUuEQHNnNckMuNTARjtFh2CI9wPaE/dKWn2XNbpIsXHSgpoe5Zs\n"
                             "FBuULlq5gb8FMOL0DAneRbbFlArtR5xAU5hPddM9AxIJg0gjAtISgUMpQ7bSkOTN\n"
                             "OOp0zO3h2ZPEBvLYoQIDAQAB\n"
                             "-----END PUBLIC KEY-----\n";

const std::string elliptic = "-----BEGIN PUBLIC KEY-----\n"
                             "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyPFGGDg6WLr0H8qVyq4G7FYwtFp6\n"
                             "jQMXcLf7jqZK6EPmQsjX4tst8unObZWtLdhhBggZXHnmSUv2OPyF4FfBVA==\n"
                             "-----END PUBLIC KEY-----\n";

} // namespace

TEST_CASE("an RSA public key of 2,048 bits in PEM form can be used, nothing else can") {
    CHECK(unusable_public_key_because(some_public_key).empty());
    CHECK(unusable_public_key_because("a comment before it\n" + some_public_key).empty());
    CHECK(unusable_public_key_because(rsa_1024) == "its key has 1024 bits, fewer than 2048");
    CHECK(unusable_public_key_because(elliptic) == "its key is no RSA key");
    for (const auto& text : {std::string(), std::string("secret"), some_public_key.substr(0, 200), std::string(70'000, 'x'),
                             std::string("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")}) {
        CHECK(unusable_public_key_because(text).find("no public key in PEM form") != std::string::npos);
    }
}

TEST_SUITE_END();
