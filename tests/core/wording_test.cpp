#include "core/wording.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace coupon;

TEST_SUITE_BEGIN("core/wording");

TEST_CASE("a number has a comma between each three digits") {
    struct Row {
        std::int64_t number;
        const char* text;
    };
    for (const auto& row : {Row{0, "0"}, Row{7, "7"}, Row{100, "100"}, Row{999, "999"}, Row{1000, "1,000"}, Row{32755, "32,755"},
                            Row{999999, "999,999"}, Row{1000000, "1,000,000"}, Row{-1, "-1"}, Row{-999, "-999"}, Row{-1000, "-1,000"},
                            Row{std::numeric_limits<std::int64_t>::max(), "9,223,372,036,854,775,807"},
                            Row{std::numeric_limits<std::int64_t>::min(), "-9,223,372,036,854,775,808"}}) {
        CHECK(grouped(row.number) == row.text);
    }
}

TEST_SUITE_END();
