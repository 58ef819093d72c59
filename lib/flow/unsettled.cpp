#include "flow/unsettled.hpp"

#include <algorithm>
#include <map>

namespace coupon {

namespace {

constexpr std::size_t users_shown = 20;

} // namespace

std::string users_named(const std::vector<UserId>& users) {
    std::string text = users.size() == 1 ? "(user " : "(users ";
    for (std::size_t i = 0; i < std::min(users.size(), users_shown); ++i)
        text += (i == 0 ? "" : ", ") + users[i].text();
    if (users.size() > users_shown) text += " and " + std::to_string(users.size() - users_shown) + " more";
    return text + ")";
}

Result<std::vector<std::string>> claims_without_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline) {
    const auto claims = gate.claims(deadline);
    if (!claims) return claims.fault();
    const auto rows = ledger.coupons(round, deadline);
    if (!rows) return rows.fault();
    std::map<UserId, Slot> slot_of;
    for (const auto& row : *rows)
        slot_of.emplace(row.user, row.slot);
    std::vector<std::string> reasons = claims->defects;
    std::vector<UserId> without;
    for (const auto& claim : claims->entries) {
        const auto row = slot_of.find(claim.user);
        if (row == slot_of.end() || row->second != claim.slot) without.push_back(claim.user);
    }
    std::sort(without.begin(), without.end());
    if (!without.empty()) {
        reasons.push_back(std::to_string(without.size()) + (without.size() == 1 ? " claim has" : " claims have") + " no coupon row " +
                          users_named(without));
    }
    return reasons;
}

} // namespace coupon
