#include "core/round_key.hpp"

#include "core/issue_record.hpp"
#include "core/sha256.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("core/round_key");

namespace {

RoundKey some_key(char last = 'f') {
    return RoundKey::parse("000102030405060708090a0b0c0d0e0" + std::string(1, last)).value();
}

Grant some_grant() {
    return {Round(1), Epoch(1), Slot(3), UserId(7), Instant(Milliseconds(5))};
}

} // namespace

TEST_CASE("a key is 32 lower-case hexadecimal digits, and nothing else is one") {
    CHECK(some_key().secret_text() == "000102030405060708090a0b0c0d0e0f");
    for (const auto* text : {"", "0", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0f0",
                             "000102030405060708090A0B0C0D0E0F", "000102030405060708090a0b0c0d0e0g", " 00102030405060708090a0b0c0d0e0f"}) {
        CHECK_MESSAGE(!RoundKey::parse(text), text);
    }
}

TEST_CASE("a seal tells two keys apart and does not hold the key") {
    CHECK(some_key().seal() == "be45cb2605bf36be"); // printf of the 16 bytes | sha256sum
    CHECK(some_key().seal() != some_key('e').seal());
    CHECK(some_key() == some_key());
    CHECK_FALSE(some_key() == some_key('e'));
}

TEST_CASE("a signature is the one an HMAC of another library gives") {
    // python3: hmac.new(bytes(range(16)), b"coupon\n1\n1\n3\n7\n5\n", "sha256").hexdigest()[:32]
    CHECK(hex(some_key().sign("coupon", some_grant())) == "f009cc929b9e61578064f1d8f8c5d78e");
    CHECK(hex(some_key().sign("coupon", some_grant())) == "f009cc929b9e61578064f1d8f8c5d78e"); // the key signs again
}

TEST_CASE("a record whose round's key did not sign exactly what it says is not signed") {
    const auto record = record_of("coupon", some_grant(), some_key());
    CHECK(is_signed(record, some_key()));
    CHECK_FALSE(is_signed(record, some_key('e')));
    CHECK_FALSE(is_signed({"coupon", some_grant(), {}}, some_key()));

    std::vector<IssueRecord> changed(6, record);
    changed[0].event = "spring";
    changed[1].grant.round = Round(2);
    changed[2].grant.epoch = Epoch(2);
    changed[3].grant.slot = Slot(4);
    changed[4].grant.user = UserId(8);
    changed[5].grant.granted_at = Instant(Milliseconds(6));
    for (const auto& one : changed)
        CHECK_FALSE(is_signed(one, some_key()));
}

TEST_CASE("digits that move from one field to the next change the signature") {
    Grant one = some_grant();
    Grant other = some_grant();
    one.round = Round(1);
    one.epoch = Epoch(11);
    other.round = Round(11);
    other.epoch = Epoch(1);
    CHECK(some_key().sign("coupon", one) != some_key().sign("coupon", other));
}

TEST_CASE("a signature travels in one header; a missing, doubled or malformed one signs nothing") {
    const auto raw = encode(record_of("coupon", some_grant(), some_key()));
    CHECK(raw.headers.back() == RecordHeader{"mac", "f009cc929b9e61578064f1d8f8c5d78e"});
    CHECK(is_signed(std::get<IssueRecord>(decode(raw)), some_key()));

    auto missing = raw;
    missing.headers.pop_back();
    auto doubled = raw;
    doubled.headers.push_back(raw.headers.back());
    auto cut = raw;
    cut.headers.back().value->pop_back();
    auto null = raw;
    null.headers.back().value.reset();
    for (const auto& one : {missing, doubled, cut, null}) {
        const auto decoded = decode(one);
        REQUIRE(std::holds_alternative<IssueRecord>(decoded)); // what it says can be read, and proves nothing
        CHECK_FALSE(is_signed(std::get<IssueRecord>(decoded), some_key()));
    }
}

TEST_SUITE_END();
