#include "core/escape.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace coupon;
using namespace std::string_literals;

TEST_SUITE_BEGIN("core/escape");

TEST_CASE("outside text is made safe to print") {
    struct Row {
        std::string text;
        std::string shown;
    };
    for (const auto& row :
         {Row{"", ""}, Row{"plain text, {x} %s 'q' \"q\" ~", "plain text, {x} %s 'q' \"q\" ~"}, Row{"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"},
          Row{"\x1b[31m", "\\x1b[31m"}, Row{"a\0b"s, "a\\x00b"}, Row{"\x7f", "\\x7f"}, Row{"\xc2\x9b", "\\xc2\\x9b"},
          Row{"\xe2\x80\xae", "\\xe2\\x80\\xae"}, Row{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}, Row{"\xff\xfe", "\\xff\\xfe"}, Row{"\\", "\\\\"},
          Row{"\\x41", "\\\\x41"}})
        CHECK(escape(row.text) == row.shown);
}

TEST_CASE("no two bytes look alike, and none is dangerous") {
    std::set<std::string> shown;
    for (int byte = 0; byte < 256; ++byte) {
        const auto text = escape(std::string(1, static_cast<char>(byte)));
        CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
        shown.insert(text);
    }
    CHECK(shown.size() == 256);
}

TEST_CASE("a long text is cut, and says so") {
    CHECK(escape("abcdef", 3) == "abc...");
    CHECK(escape("abc", 3) == "abc");
    CHECK(escape("\n\n\n", 2) == "\\x0a\\x0a...");
    CHECK(escape("abc", 0) == "...");
    CHECK(escape(std::string(1U << 16U, 'x')).size() == 203);
}

TEST_SUITE_END();
