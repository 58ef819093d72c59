#include "cli/options/check_names.hpp"

#include "core/nearest_name.hpp"
#include "preflight/preflight.hpp"

#include <algorithm>

namespace coupon {

Accept check_names(std::vector<std::string>& names) {
    return [&names](std::string_view text) -> std::string {
        const auto known = preflight_names();
        if (std::find(known.begin(), known.end(), text) != known.end()) {
            names.emplace_back(text);
            return {};
        }
        const auto near = nearest_name(text, known);
        return invalid_value(text, near.empty() ? "a name that coupon-audit --preflight prints, such as " + known.front()
                                                : "a name that coupon-audit --preflight prints; did you mean " + near + "?");
    };
}

} // namespace coupon
