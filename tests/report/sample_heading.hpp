#pragma once

#include "core/rfc3339.hpp"
#include "report/heading.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace coupon {

/// A heading as coupon-audit would have it.
inline Heading sample_heading(const std::string& schema, const std::string& verdict) {
    return {schema,
            "coupon-audit",
            "1.0.0",
            "promo",
            Round(4),
            parse_rfc3339("2026-05-09T10:00:00Z").value(),
            parse_rfc3339("2026-05-09T10:00:01.500Z").value(),
            verdict};
}

/// The keys of an object in the order they are written.
inline std::vector<std::string> keys_of(const nlohmann::ordered_json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.push_back(key);
    return keys;
}

} // namespace coupon
