#include "core/failed_kind.hpp"

#include <algorithm>

namespace coupon {

const char* name_of(FailedKind kind) {
    switch (kind) {
    case FailedKind::undecodable: return "undecodable";
    case FailedKind::newer_format: return "newer_format";
    case FailedKind::foreign_event: return "foreign_event";
    case FailedKind::not_signed: return "unsigned";
    case FailedKind::conflict: return "conflict";
    case FailedKind::unknown_round: return "unknown_round";
    case FailedKind::impossible: return "impossible";
    case FailedKind::too_large: return "too_large";
    case FailedKind::refused: return "refused";
    }
    return "undecodable";
}

std::optional<FailedKind> parse_failed_kind(std::string_view name) {
    const auto* found = std::find_if(failed_kinds.begin(), failed_kinds.end(), [&](FailedKind kind) { return name == name_of(kind); });
    return found == failed_kinds.end() ? std::nullopt : std::optional(*found);
}

} // namespace coupon
