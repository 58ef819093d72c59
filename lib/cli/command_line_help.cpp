#include "cli/command_line.hpp"

#include <fmt/format.h>

namespace coupon {

namespace {

constexpr std::size_t column = 34;
constexpr std::size_t width = 110;

constexpr std::string_view exits_of_all = "  In every program: 70 internal error, a bug; 74 stdout or --history cannot be written; 129, "
                                          "130, 143\n  interrupted by SIGHUP, SIGINT, SIGTERM.\n";

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
    out += "\nA value follows its option after a blank or, with long names, an equals sign (--limit=3; not -n=3). A flag beats its "
           "variable in\n"
           "brackets, the variable beats the config file.\n";
    return out + fmt::format("\nexamples:\n{}\nexit codes:\n{}{}", program_.examples, program_.exits, exits_of_all);
}

} // namespace coupon
