#include "cli/config/my_cnf.hpp"

#include "cli/config/secret_file.hpp"
#include "cli/config/trimmed.hpp"
#include "core/escape.hpp"
#include "core/text_encoding.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

namespace coupon {

namespace {

std::string unescaped(std::string_view text) {
    constexpr std::string_view letters = "btnrs\\\"'";
    constexpr std::string_view meanings = "\b\t\n\r \\\"'";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto letter = text[i] == '\\' && i + 1 < text.size() ? letters.find(text[i + 1]) : std::string_view::npos;
        out += letter == std::string_view::npos ? text[i] : meanings[letter];
        if (letter != std::string_view::npos) ++i;
    }
    return out;
}

/// A value in quotes ends with the quote; without quotes it ends where a # begins a comment.
std::string value_of(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
        std::size_t end = 1;
        while (end < text.size() && text[end] != text.front())
            end += text[end] == '\\' ? 2 : 1;
        if (end < text.size()) return unescaped(text.substr(1, end - 1));
    }
    return unescaped(trimmed(text.substr(0, text.find('#'))));
}

/// The groups count in the order of their rank, not of their place: [coupon] beats a later [client].
enum class Group { foreign, client, coupon };

} // namespace

MyCnf parse_my_cnf(std::string_view text) {
    MyCnf client;
    MyCnf coupon;
    auto group = Group::foreign;
    text = without_byte_order_mark(text);
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = trimmed(text.substr(begin, end - begin));
        begin = end + 1;
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            group = line == "[client]" ? Group::client : line == "[coupon]" ? Group::coupon : Group::foreign;
            continue;
        }
        const auto equals = line.find('=');
        if (group == Group::foreign || equals == std::string_view::npos) continue;
        auto& login = group == Group::coupon ? coupon : client;
        const auto key = trimmed(line.substr(0, equals));
        if (key == "user") login.user = value_of(trimmed(line.substr(equals + 1)));
        if (key == "password") login.password = value_of(trimmed(line.substr(equals + 1)));
    }
    return {coupon.user ? coupon.user : client.user, coupon.password ? coupon.password : client.password};
}

Result<MyCnf> read_my_cnf() {
    constexpr std::size_t largest = 65536;
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return MyCnf{};
    const auto path = std::string(home) + "/.my.cnf";
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return MyCnf{};
    const auto text = read_private_file(path, largest);
    if (!text) return text.fault();
    if (is_utf16(*text)) return Fault{FaultKind::usage, "cannot read " + escape(path) + ": " + utf16_text, ""};
    return parse_my_cnf(*text);
}

} // namespace coupon
