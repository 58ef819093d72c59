#include "cli/command_line.hpp"

#include <fmt/format.h>

namespace coupon {

namespace {

constexpr std::size_t column = 30;
constexpr std::size_t width = 80;

constexpr std::string_view exits_of_all = "  Every program: 70 internal error (a bug);\n"
                                          "  74 cannot write to stdout or --history;\n"
                                          "  129, 130, 143 interrupted by SIGHUP, SIGINT, SIGTERM.\n";

/// The text in lines of at most `width`, all but the first moved to the column.
std::string wrapped(std::string_view text) {
    std::string out;
    std::size_t used = column;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find(' ', begin), text.size());
        const auto word = text.substr(begin, end - begin);
        begin = end + 1;
        if (used > column && used + 1 + word.size() > width) {
            out += '\n' + std::string(column, ' ');
            used = column;
        } else if (used > column) {
            out += ' ';
            ++used;
        }
        out += word;
        used += word.size();
    }
    return out;
}

std::string entry(const OptionText& text, bool is_argument) {
    std::string names = "  ";
    for (const char c : text.names)
        names += c == ',' ? std::string(", ") : std::string(1, c);
    if (!text.value.empty() && !is_argument) names += ' ' + text.value;
    const auto gap = names.size() + 1 < column ? std::string(column - names.size(), ' ') : '\n' + std::string(column, ' ');
    const auto variable = text.variable.empty() ? "" : fmt::format(" [{}]", text.variable);
    return names + gap + wrapped(text.meaning + variable) + '\n';
}

} // namespace

std::string CommandLine::help() const {
    std::string out = fmt::format("usage: {} {}\n\n{}\n", program_.name, program_.usage, program_.about);
    std::string group;
    for (const auto& option : options_) {
        if (option.group != group) {
            group = option.group;
            out += fmt::format("\n{}:\n", group);
        }
        out += entry(option.text, option.kind == Kind::argument);
    }
    out += "\nA value follows its option after a space or, with a long name, after an equals\n"
           "sign (--limit=3). An option overrides its variable in brackets; a variable\n"
           "overrides the config file.\n";
    return out + fmt::format("\nexamples:\n{}\nexit codes:\n{}{}", program_.examples, program_.exits, exits_of_all);
}

} // namespace coupon
