#include "gate/redis/redis_command.hpp"

#include <array>
#include <charconv>

namespace coupon {

namespace {

void append_count(std::string& out, char mark, std::size_t count) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), count).ptr;
    out += mark;
    out.append(digits.data(), end);
    out += "\r\n";
}

} // namespace

void append_command(std::string& out, std::span<const std::string_view> command) {
    append_count(out, '*', command.size());
    for (const auto word : command) {
        append_count(out, '$', word.size());
        out += word;
        out += "\r\n";
    }
}

} // namespace coupon
