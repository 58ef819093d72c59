#include "history/history_entries.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace coupon;

TEST_SUITE("history/history_entries") {
    TEST_CASE("every application comes back as it was added or replaced, whatever stands beside it") {
        constexpr auto largest = std::numeric_limits<std::int64_t>::max();
        constexpr std::int64_t begin = 5'000'000, day = 86'400'000'000'000;
        const std::vector<HistoryEntry> added{
            {7, UserId(1), begin, begin + 50, Answer::granted, Slot(1), Level::published},
            {8, UserId(2), begin + 1, std::nullopt, Answer::unknown, std::nullopt, std::nullopt},
            {9, UserId(largest), begin, begin, Answer::pending, Slot(2), Level::claimed},
            {10, UserId(0), begin + day, begin + 2 * day, Answer::duplicate, Slot(1), Level::issued},
            {11, UserId(3), begin - 1, begin + 3, Answer::sold_out, std::nullopt, std::nullopt},
            {1, UserId(4), begin, begin + 50, Answer::closed, std::nullopt, std::nullopt},
            {13, UserId(5), begin, largest, Answer::error, std::nullopt, std::nullopt},
            {14, UserId(6), largest, largest, Answer::granted, Slot(largest), Level::published},
            {15, UserId(7), begin, begin + 50, Answer::granted, Slot(std::numeric_limits<std::int32_t>::max()), Level::published},
            {largest, UserId(8), 0, std::nullopt, Answer::pending, Slot(0), Level::claimed},
            {17, UserId(9), begin + 3 * day, begin + 3 * day + 548'000'000'000, Answer::granted, Slot(10'000'000), std::nullopt},
            {18, UserId(9), begin, begin + (1LL << 39) - 1, Answer::sold_out, std::nullopt, std::nullopt},
            {19, UserId(9), begin + (1LL << 50), begin + (1LL << 50) + (1LL << 39) - 2, Answer::sold_out, std::nullopt, std::nullopt},
            {20, UserId(9), begin + (1LL << 50) - 1, begin + (1LL << 50), Answer::sold_out, std::nullopt, std::nullopt},
        };
        HistoryEntries entries;
        CHECK(entries.empty());
        for (const auto& entry : added)
            entries.push_back(entry);
        REQUIRE(entries.size() == added.size());
        CHECK(entries.front() == added.front());
        // Each at every place: the first one decides what is unusual.
        for (std::size_t turn = 0; turn <= added.size(); ++turn) {
            for (std::size_t i = 0; i < added.size(); ++i) {
                CAPTURE(turn);
                CAPTURE(i);
                const auto& expected = added[(i + turn) % added.size()];
                CHECK(entries[i] == expected);
                CHECK(entries.user(i) == expected.user);
                CHECK(entries.answer(i) == expected.answer);
                CHECK(entries.invoke_ns(i) == expected.invoke_ns);
                if (expected.answer_ns) CHECK(entries.answer_ns(i) == *expected.answer_ns);
                entries.replace(i, added[(i + turn + 1) % added.size()]);
            }
        }
    }
}
