#include "ledger/mysql/mysql_table_rules.hpp"

#include <algorithm>

namespace coupon {

namespace {

char in_small_letters(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The text in small letters, without quoted words (comments, defaults) and the quotes of names.
std::string simplified(std::string_view text) {
    std::string out;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_quoted && c == '\\') {
            ++i; // the next character is escaped
        } else if (c == '\'') {
            is_quoted = !is_quoted; // a doubled quote ends the word and begins it again
        } else if (!is_quoted && c != '`') {
            out += in_small_letters(c);
        }
    }
    return out;
}

/// What stands in the parentheses that begin at `open`, inner ones included; everything to the end where they are not closed.
std::string_view in_parentheses(std::string_view text, std::size_t open) {
    int depth = 0;
    for (auto i = open; i < text.size(); ++i) {
        if (text[i] == '(') ++depth;
        if (text[i] == ')' && --depth == 0) return text.substr(open + 1, i - open - 1);
    }
    return text.substr(std::min(open + 1, text.size()));
}

std::string without(std::string_view text, std::string_view unwanted) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [&](char c) { return unwanted.find(c) == std::string_view::npos; });
    return out;
}

/// RESTRICT and NO ACTION refuse. Any other rule would delete or change the coupons of a round that is deleted or changed.
bool has_action(std::string_view rest) {
    for (const std::string_view on : {" on delete ", " on update "}) {
        const auto at = rest.find(on);
        if (at == std::string_view::npos) continue;
        const auto rule = rest.substr(at + on.size());
        if (!rule.starts_with("restrict") && !rule.starts_with("no action")) return true;
    }
    return false;
}

/// `line` from "foreign key (" on.
std::string foreign_key_in(std::string_view line) {
    constexpr std::string_view refers = " references ";
    const auto own = in_parentheses(line, line.find('('));
    const auto reference = line.find(refers);
    if (reference == std::string_view::npos) return {};
    const auto other = line.substr(reference + refers.size());
    const auto open = other.find('(');
    const auto named = in_parentheses(other, open);
    const auto table = without(other.substr(0, open), " ");
    return without(own, " ") + " to " + table + "(" + without(named, " ") + ")" + (has_action(other) ? " with an action" : "");
}

} // namespace

std::vector<TableRule> rules_of(std::string_view created) {
    constexpr std::string_view foreign_key = "foreign key (";
    constexpr std::string_view check = "check (";
    std::vector<TableRule> rules;
    const auto text = simplified(created);
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto key = line.find(foreign_key);
        if (line.find("constraint ") != std::string_view::npos && key != std::string_view::npos) {
            rules.push_back({TableRule::Kind::foreign_key, foreign_key_in(line.substr(key))});
            continue;
        }
        const auto at = line.find(check);
        // MySQL writes a check that is switched off as /*!80016 NOT ENFORCED */.
        if (at == std::string_view::npos || line.find("not enforced") != std::string_view::npos) continue;
        rules.push_back({TableRule::Kind::check, without(in_parentheses(line, at + check.size() - 1), " ()")});
    }
    return rules;
}

} // namespace coupon
