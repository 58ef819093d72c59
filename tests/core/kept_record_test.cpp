#include "core/issue_record.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace coupon;
using namespace std::string_literals;

namespace {

RawRecord record() {
    return encode({"spring-sale_1", {Round(3), Epoch(2), Slot(100), UserId(7), Instant(Milliseconds(1'700'000'000'123))}});
}

} // namespace

TEST_SUITE_BEGIN("core/kept_record");

TEST_CASE("packing keeps every byte of a record") {
    const std::vector<RawRecord> records{
        {},
        record(),
        {"", "", {{"", ""}, {"", std::nullopt}}},
        {"-,", "1:x,", {{"5:a", "\0\xff,:"s}, {"-", "-,"}}},
        {std::nullopt, std::string(1U << 20U, '\0'), {{"h", std::nullopt}, {"h", "2"}}},
    };
    for (const auto& raw : records) {
        const auto again = unpack(pack(raw));
        REQUIRE(again);
        CHECK(*again == raw);
    }
    CHECK(pack({"a", std::nullopt, {{"h", "bc"}}}) == "1:a,-,1:h,2:bc,");
    CHECK(pack({}) == "-,-,");
}

TEST_CASE("only what was packed is unpacked") {
    for (const auto& text :
         {""s, "-"s, "-,"s, "1:a"s, "1:a,"s, "-,-"s, "-,-,1:h,"s, "-,-,-,1:x,"s, "01:a,-,"s, "+1:a,-,"s, "1;a,-,"s, "2:a,-,"s, "1:ab,-,"s,
          "1:a;-,"s, " 1:a,-,"s, "99999999999999999999:a,-,"s, "9223372036854775807:a,-,"s, ":,-,"s, "-,-,x"s}) {
        CHECK_MESSAGE(!unpack(text), text);
    }
}

TEST_CASE("every cut of a packed record is noticed, but for a cut between two headers") {
    const auto whole = pack(record());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = unpack(std::string_view(whole).substr(0, size));
        if (cut) CHECK(pack(*cut).size() == size);
        if (cut) CHECK(cut->headers.size() < 6);
    }
}

TEST_CASE("a record is kept with the length and digest of its whole packed form, however much of it is kept") {
    const auto raw = record();
    const auto packed = pack(raw);
    CHECK(packed_size(raw) == packed.size());
    for (const std::size_t most : {std::size_t{0}, std::size_t{1}, packed.size() - 1, packed.size(), longest_kept}) {
        CAPTURE(most);
        const auto kept = keep(raw, most);
        CHECK(kept.raw == packed.substr(0, most));
        CHECK(kept.length == static_cast<std::int64_t>(packed.size()));
        CHECK(kept.sha256 == sha256(packed));
        CHECK(kept.is_whole() == (most >= packed.size()));
        const auto restored = restore(kept);
        REQUIRE(restored);
        CHECK(restored->cut.has_value() == !kept.is_whole());
        if (kept.is_whole()) CHECK(*restored == raw);
        CHECK(packed_size(*restored) == packed.size());
        CHECK(keep(*restored, most) == kept);
    }
    CHECK_FALSE(restore({"2:a,", 4, {}}));
}

TEST_CASE("a cut record can be cut further") {
    RawRecord cut;
    cut.cut = keep(record(), 20);
    const auto kept = keep(cut, 5);
    CHECK(kept.raw == pack(record()).substr(0, 5));
    CHECK(kept.length == cut.cut->length);
    CHECK(kept.sha256 == cut.cut->sha256);
}

TEST_CASE("what a part takes within a packed record is known before it is packed") {
    for (const std::size_t size : {0, 1, 9, 10, 99, 100, 99'999, 100'000}) {
        const std::string bytes(size, 'x');
        RecordPacker packer(0);
        packer.add(bytes);
        CHECK(packed_size(std::optional<std::string_view>(bytes)) == static_cast<std::size_t>(packer.kept().length));
    }
    CHECK(packed_size(std::optional<std::string_view>()) == 2);
}

TEST_SUITE_END();
