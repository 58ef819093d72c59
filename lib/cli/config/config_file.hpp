#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace coupon {

/// One line "key = value" of a config file.
struct ConfigLine {
    std::string section; ///< the program it is for, for example coupon-flood; empty: for all
    std::string key;     ///< the long name of an option, without the minus signs
    std::string value;
    int number = 0; ///< from 1
};

/// Reads lines "key = value", "[section]", "# comment" and empty ones; a value is everything after the equals sign without the blanks
/// around it, commas and # included. Fault usage names the line that is none of these.
///
/// CLI11's own reader is not used: it cuts values at commas and # and lets unknown keys pass.
[[nodiscard]] Result<std::vector<ConfigLine>> parse_config(std::string_view text, const std::string& path);

/// The same for a file of at most 1 MiB. Fault usage when it is missing, not a regular file, or too large.
[[nodiscard]] Result<std::vector<ConfigLine>> read_config_file(const std::string& path);

} // namespace coupon
