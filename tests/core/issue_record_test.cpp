#include "core/issue_record.hpp"

#include "core/outside_number.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace coupon;
using namespace std::string_literals;

namespace {

constexpr auto largest = std::numeric_limits<std::int64_t>::max();

IssueRecord sample(std::int64_t user = 7) {
    return {"spring-sale_1", {Round(3), Epoch(2), Slot(100), UserId(user), Instant(Milliseconds(1'700'000'000'123))}};
}

RecordHeader& header(RawRecord& raw, const std::string& name) {
    return *std::find_if(raw.headers.begin(), raw.headers.end(), [&](const RecordHeader& one) { return one.name == name; });
}

/// The sample record with one thing changed.
RawRecord changed(const std::function<void(RawRecord&)>& change) {
    auto raw = encode(sample());
    change(raw);
    return raw;
}

RawRecord with_header(const std::string& name, const std::optional<std::string>& value) {
    return changed([&](RawRecord& raw) { header(raw, name).value = value; });
}

RawRecord without_header(const std::string& name) {
    return changed([&](RawRecord& raw) { std::erase_if(raw.headers, [&](const RecordHeader& one) { return one.name == name; }); });
}

RawRecord with_value(const std::optional<std::string>& value) {
    return changed([&](RawRecord& raw) { raw.value = value; });
}

std::string reason_of(const RawRecord& raw) {
    const auto decoded = decode(raw);
    const auto* bad = std::get_if<Undecodable>(&decoded);
    return bad == nullptr ? "decodable" : bad->reason;
}

} // namespace

TEST_SUITE_BEGIN("core/issue_record");

TEST_CASE("the wire form is the one Kafka's LongSerializer and text headers make") {
    const RawRecord expected{
        "7",
        "\0\0\0\0\0\0\0\7"s,
        {{"event", "spring-sale_1"}, {"round", "3"}, {"epoch", "2"}, {"slot", "100"}, {"granted_at", "1700000000123"}, {"v", "1"}}};
    CHECK(encode(sample()) == expected);
    CHECK(encode(sample(largest)).value == "\x7f\xff\xff\xff\xff\xff\xff\xff"s);
    CHECK(encode(sample(0x0102030405060708)).value == "\1\2\3\4\5\6\7\10"s);
}

TEST_CASE("decoding is the inverse of encoding, up to the largest numbers") {
    std::vector<IssueRecord> records{sample(), sample(0), sample(largest)};
    records.push_back(
        {"a", {Round(highest_count), Epoch(highest_count), Slot(highest_count), UserId(1), Instant(Milliseconds(latest_ms))}});
    records.push_back({std::string(32, 'z'), {Round(1), Epoch(0), Slot(1), UserId(1), Instant{}}});
    for (const auto& record : records) {
        const auto decoded = decode(encode(record));
        REQUIRE(std::holds_alternative<IssueRecord>(decoded));
        CHECK(std::get<IssueRecord>(decoded) == record);
    }
}

TEST_CASE("what belongs to others is let pass: foreign headers, any order, a missing key") {
    const std::vector<RawRecord> records{
        changed([](RawRecord& raw) {
            raw.headers.push_back({"traceparent", "00-ab"});
        }),
        changed([](RawRecord& raw) {
            raw.headers.insert(raw.headers.begin(), {"baggage", std::nullopt});
            raw.headers.push_back({"baggage", "x"});
        }),
        changed([](RawRecord& raw) { std::reverse(raw.headers.begin(), raw.headers.end()); }),
        changed([](RawRecord& raw) { raw.key.reset(); }),
    };
    for (const auto& raw : records) {
        const auto decoded = decode(raw);
        REQUIRE(std::holds_alternative<IssueRecord>(decoded));
        CHECK(std::get<IssueRecord>(decoded) == sample());
    }
}

TEST_CASE("every header is wanted exactly once and not null") {
    for (const std::string name : {"event", "round", "epoch", "slot", "granted_at", "v"}) {
        CHECK(reason_of(without_header(name)) == "header " + name + " is missing");
        CHECK(reason_of(with_header(name, std::nullopt)) == "header " + name + " is null");
        const auto again = changed([&](RawRecord& raw) { raw.headers.push_back(header(raw, name)); });
        CHECK(reason_of(again) == "header " + name + " is doubled");
        const auto null_again = changed([&](RawRecord& raw) { raw.headers.push_back({name, std::nullopt}); });
        CHECK(reason_of(null_again) == "header " + name + " is doubled");
        const auto other_case = changed([&](RawRecord& raw) { header(raw, name).name[0] = static_cast<char>(name[0] - 'a' + 'A'); });
        CHECK(reason_of(other_case) == "header " + name + " is missing");
    }
}

TEST_CASE("a number in a header has one spelling") {
    for (const std::string name : {"round", "epoch", "slot", "granted_at", "v"}) {
        for (const auto& text : {""s, "-1"s, "+1"s, "01"s, " 1"s, "1 "s, "1.0"s, "1e3"s, "0x1"s, "9223372036854775808"s,
                                 "99999999999999999999"s, "1\0"s, "\xef\xbc\x91"s, std::string(1U << 15U, '1')}) {
            const auto reason = reason_of(with_header(name, text));
            CHECK_MESSAGE(reason.starts_with("header " + name + " is not a number: '"), reason);
            CHECK(reason.size() < 200);
        }
    }
}

TEST_CASE("an event header that is no event name is undecodable, and shown escaped and cut") {
    for (const auto& text :
         {""s, "Spring"s, "{x}"s, "a:b"s, "-a"s, "%s%n"s, "a\n"s, "a\0b"s, std::string(33, 'a'), std::string(1U << 15U, 'a')}) {
        const auto reason = reason_of(with_header("event", text));
        CHECK_MESSAGE(reason.starts_with("header event is not an event name: '"), reason);
        CHECK(reason.size() < 200);
        CHECK(std::all_of(reason.begin(), reason.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
    }
}

TEST_CASE("a value that is not 8 bytes, null, or a negative number is no user") {
    CHECK(reason_of(with_value(std::nullopt)) == "the value is null");
    for (const std::size_t size : {0U, 1U, 7U, 9U, 16U, 1U << 15U})
        CHECK(reason_of(with_value(std::string(size, '\0'))) == "the value has " + std::to_string(size) + " bytes instead of 8");
    CHECK(reason_of(with_value("7")) == "the value has 1 bytes instead of 8");
    CHECK(reason_of(with_value(std::string(8, '\xff'))) == "the user id is negative");
    CHECK(reason_of(with_value("\x80\0\0\0\0\0\0\0"s)) == "the user id is negative");
}

TEST_CASE("a key that contradicts the value is undecodable") {
    for (const auto& key : {""s, "8"s, "07"s, "7 "s, "7\0"s, "\x1b[31m"s}) {
        const auto reason = reason_of(changed([&](RawRecord& raw) { raw.key = key; }));
        CHECK_MESSAGE(reason.starts_with("the key '"), reason);
        CHECK(reason.find('\x1b') == std::string::npos);
    }
    // Eight ASCII digits are a Long, too; only the key tells that they were not meant as one.
    CHECK(reason_of(changed([](RawRecord& raw) { raw.key = raw.value = "12345678"; })).starts_with("the key '12345678'"));
}

TEST_CASE("an undecodable record names its user where the value can be read") {
    const auto no_slot = decode(without_header("slot"));
    CHECK(std::get<Undecodable>(no_slot).user == UserId(7));
    const auto no_version = decode(without_header("v"));
    CHECK(std::get<Undecodable>(no_version).user == UserId(7));
    const auto no_value = decode(with_value(std::nullopt));
    CHECK_FALSE(std::get<Undecodable>(no_value).user);
}

TEST_CASE("slot 0 and any round are decoded: whether they exist is for the ledger to say") {
    const auto decoded = decode(with_header("slot", "0"));
    REQUIRE(std::holds_alternative<IssueRecord>(decoded));
    CHECK(std::get<IssueRecord>(decoded).grant.slot == Slot(0));
    CHECK(std::holds_alternative<IssueRecord>(decode(with_header("round", "0"))));
}

TEST_CASE("a newer format is told as that before anything of it is misread, an impossible one is undecodable") {
    for (const std::int64_t version : {std::int64_t{2}, std::int64_t{3}, largest}) {
        auto raw = with_header("v", std::to_string(version));
        CHECK(std::get<Undecodable>(decode(raw)).kind == FailedKind::newer_format);
        // Nothing else of it need be as this build knows it.
        raw.value.reset();
        raw.key = "?";
        std::erase_if(raw.headers, [](const RecordHeader& one) { return one.name != "v"; });
        CHECK(std::get<Undecodable>(decode(raw)).kind == FailedKind::newer_format);
    }
    CHECK(reason_of(with_header("v", "0")) == "format version 0 never existed");
    const auto both = changed([](RawRecord& raw) { raw.headers.push_back({"v", "2"}); });
    CHECK(reason_of(both) == "header v is doubled");
}

TEST_CASE("a record without anything is undecodable") {
    CHECK(reason_of({}) == "header v is missing");
}

TEST_SUITE_END();
