#pragma once

#include <string_view>

namespace coupon {

/// A line of a text file without the blanks around it and without the carriage return some editors leave.
[[nodiscard]] inline std::string_view trimmed(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

} // namespace coupon
