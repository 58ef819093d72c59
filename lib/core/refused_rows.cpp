#include "core/refused_rows.hpp"

#include <algorithm>

namespace coupon {

namespace {

bool is_refused(const Settlement& settlement) {
    return settlement.becomes == RecordClass::failed && settlement.kind == FailedKind::refused;
}

} // namespace

Settlement refused_row(const std::string& words) {
    return {RecordClass::failed, FailedKind::refused, "the database refuses its row: " + words};
}

bool refuses_all(const std::vector<Settlement>& batch, std::size_t before) {
    if (std::any_of(batch.begin(), batch.end(), [](const auto& one) { return one.becomes == RecordClass::issued; })) return false;
    const auto refused = static_cast<std::size_t>(std::count_if(batch.begin(), batch.end(), is_refused));
    return refused > 0 && before + refused >= refused_in_a_row_at_most;
}

std::size_t refused_since_issued(const std::vector<Settlement>& batch, std::size_t before) {
    for (const auto& one : batch) {
        if (one.becomes == RecordClass::issued) before = 0;
        if (is_refused(one)) ++before;
    }
    return before;
}

} // namespace coupon
