#include "core/nearest_name.hpp"

#include <algorithm>
#include <cstddef>

namespace coupon {

namespace {

/// Edits from one text to the other, a swap of neighbours counting once (Damerau-Levenshtein, optimal string alignment).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::vector<std::size_t>> edits(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                edits[i][j] = i + j;
                continue;
            }
            const std::size_t differs = from[i - 1] == to[j - 1] ? 0 : 1;
            edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + differs});
            const bool is_swap = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (is_swap) edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
    }
    return edits[from.size()][to.size()];
}

} // namespace

std::string nearest_name(std::string_view text, const std::vector<std::string>& names) {
    constexpr std::size_t longest_name = 64; // an argument may be of any size, and the table grows with it
    if (text.size() > longest_name) return {};
    std::string nearest;
    std::size_t least = std::min<std::size_t>(2, (text.size() - (text.empty() ? 0 : 1)) / 2) + 1;
    for (const auto& name : names) {
        const auto edits = distance(text, name);
        if (edits >= least) continue;
        least = edits;
        nearest = name;
    }
    return nearest;
}

} // namespace coupon
