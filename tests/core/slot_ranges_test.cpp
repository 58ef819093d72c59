#include "core/slot_ranges.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/slot_ranges");

using namespace coupon;

TEST_CASE("holes are the slots below the highest taken one that nobody has") {
    struct Row {
        std::vector<Slot> taken;
        const char* holes;
    };
    for (const auto& row : std::vector<Row>{{{}, ""},
                                            {{Slot(1)}, ""},
                                            {{Slot(1), Slot(2), Slot(3)}, ""},
                                            {{Slot(2)}, "1-1"},
                                            {{Slot(5)}, "1-4"},
                                            {{Slot(1), Slot(4), Slot(6), Slot(9)}, "2-3,5-5,7-8"}}) {
        CHECK(SlotRanges::holes_in(row.taken).text() == row.holes);
    }
}

TEST_CASE("a text is ascending ranges of slots from 1 to the largest limit, or nothing") {
    for (const auto* text : {"", "1-1", "3-4,9-9", "1-2,3-4", "10000000-10000000"}) {
        const auto ranges = SlotRanges::parse(text);
        REQUIRE_MESSAGE(ranges, text);
        CHECK(ranges->text() == text);
    }
    for (const auto* text :
         {"3", "3-", "-3", "4-3", "0-1", "03-4", "3-4,", ",3-4", "3-4,,5-5", "3-4,4-5", "5-5,1-1", "3 -4", "a-b", "1-10000001"})
        CHECK_MESSAGE(!SlotRanges::parse(text), text);
}

TEST_CASE("slots are taken lowest first until none is left") {
    auto ranges = *SlotRanges::parse("2-3,7-7");
    std::vector<std::string> left;
    std::vector<std::int64_t> taken;
    while (!ranges.empty()) {
        taken.push_back(ranges.take_lowest().value());
        left.push_back(ranges.text());
    }
    CHECK(taken == std::vector<std::int64_t>{2, 3, 7});
    CHECK(left == std::vector<std::string>{"3-3,7-7", "7-7", ""});
}

TEST_SUITE_END();
