#include "ledger/mysql/mysql_statements.hpp"

#include "ledger/mysql/statements_sql.hpp"

#include <array>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace coupon {

namespace {

constexpr std::array<std::size_t, 10> sizes{1, 2, 4, 8, 16, 32, 64, 125, 250, largest_statement};
constexpr std::string_view mark = "-- name: ";

using Statements = std::map<std::string, std::string, std::less<>>;

Statements parse(std::string_view text) {
    Statements statements;
    std::string* current = nullptr;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with(mark)) {
            current = &statements[std::string(line.substr(mark.size()))];
            assert(current->empty());
        } else if (current != nullptr && !line.starts_with("--") && !line.empty()) {
            if (!current->empty()) *current += '\n';
            *current += line;
        }
    }
    return statements;
}

} // namespace

const std::string& statement(std::string_view name) {
    static const Statements statements = parse(embedded::statements_sql);
    const auto found = statements.find(name);
    if (found == statements.end()) {
        std::fprintf(stderr, "statements.sql has no statement %.*s\n", static_cast<int>(name.size()), name.data());
        std::abort();
    }
    return found->second;
}

std::string repeated(std::string_view name, std::size_t count) {
    std::string_view rest = statement(name);
    assert(rest.find('{') != std::string_view::npos && count > 0);
    std::string out;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const auto close = rest.find('}');
        assert(close != std::string_view::npos);
        const auto part = rest.substr(open + 1, close - open - 1);
        out += rest.substr(0, open);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) out += ", ";
            out += part;
        }
        rest.remove_prefix(close + 1);
    }
    return out.append(rest);
}

std::size_t filled_size(std::size_t left) {
    assert(left > 0);
    std::size_t best = sizes.front();
    for (const auto size : sizes) {
        if (size <= left) best = size;
    }
    return best;
}

std::size_t holding_size(std::size_t left) {
    for (const auto size : sizes) {
        if (size >= left) return size;
    }
    return sizes.back();
}

} // namespace coupon
