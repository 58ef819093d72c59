#include "cli/config/config_file.hpp"

#include "cli/config/trimmed.hpp"
#include "cli/config/trusted_file.hpp"
#include "core/escape.hpp"
#include "core/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

constexpr std::size_t largest_config = std::size_t{1} << 20U;

Fault refuse(const std::string& path, const std::string& why) {
    return {FaultKind::usage, fmt::format("--config: cannot read {}: {}", escape(path), why), ""};
}

} // namespace

Result<std::vector<ConfigLine>> parse_config(std::string_view text, const std::string& path) {
    if (is_utf16(text)) return refuse(path, utf16_text);
    text = without_byte_order_mark(text);
    std::vector<ConfigLine> lines;
    std::string section;
    int number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = trimmed(text.substr(begin, end - begin));
        begin = end + 1;
        ++number;
        if (line.empty() || line.front() == '#') continue;
        if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
            section = trimmed(line.substr(1, line.size() - 2));
            continue;
        }
        const auto equals = line.find('=');
        if (equals == 0 || equals == std::string_view::npos) {
            return refuse(path, fmt::format("line {}: invalid line \"{}\": expected key = value, [program], or # and a comment", number,
                                            escape(line, 80)));
        }
        lines.push_back({section, std::string(trimmed(line.substr(0, equals))), std::string(trimmed(line.substr(equals + 1))), number});
    }
    return lines;
}

// It names servers and password files: where others may write it, they decide where passwords go.
Result<std::vector<ConfigLine>> read_config_file(const std::string& path) {
    const auto text = read_trusted_file(path, largest_config);
    return text ? parse_config(*text, path) : refuse(path, text.fault().message);
}

} // namespace coupon
