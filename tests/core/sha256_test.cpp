#include "core/sha256.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

TEST_SUITE("core/sha256") {

    // The examples of FIPS 180-4, https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
    TEST_CASE("a digest is the one of the standard") {
        CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }

    TEST_CASE("bytes in pieces have the digest of the whole, at any moment") {
        Sha256 pieces;
        CHECK(pieces.digest() == sha256(""));
        pieces.add("a");
        CHECK(pieces.digest() == sha256("a"));
        pieces.add("");
        pieces.add("bc");
        CHECK(pieces.digest() == sha256("abc"));
        Sha256 moved = std::move(pieces);
        moved.add(std::string(1000, 'x'));
        CHECK(moved.digest() == sha256("abc" + std::string(1000, 'x')));
    }

    TEST_CASE("a null byte is a byte like any other") {
        CHECK(sha256(std::string_view("a\0b", 3)) != sha256("a"));
        CHECK(hex(std::array<std::uint8_t, 3>{0, 10, 255}) == "000aff");
    }

    TEST_CASE("what was spelled in hexadecimal is read again, and nothing else") {
        CHECK(parse_sha256(hex(sha256("abc"))) == sha256("abc"));
        for (const auto& text :
             {std::string(), std::string(63, '0'), std::string(65, '0'), std::string(63, '0') + "G", std::string(64, 'A')})
            CHECK_FALSE(parse_sha256(text));
    }
}
