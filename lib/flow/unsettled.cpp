#include "flow/unsettled.hpp"

#include <algorithm>
#include <future>

namespace coupon {

namespace {

constexpr std::size_t users_shown = 20;

/// Whether a row says the same as the claim. The rows come by slot, most often without a gap, so that the row of slot s is the s-th one.
bool has_row(const std::vector<Coupon>& rows, const ClaimedSlot& claim) {
    const auto at = std::min(rows.size(), static_cast<std::size_t>(std::max<std::int64_t>(claim.slot.value() - 1, 0)));
    auto row = rows.begin() + static_cast<std::ptrdiff_t>(at);
    if (row == rows.end() || row->slot != claim.slot)
        row = std::lower_bound(rows.begin(), rows.end(), claim.slot, [](const Coupon& one, Slot slot) { return one.slot < slot; });
    return row != rows.end() && row->slot == claim.slot && row->user == claim.user;
}

} // namespace

std::string users_named(const std::vector<UserId>& users) {
    std::string text = users.size() == 1 ? "(user " : "(users ";
    for (std::size_t i = 0; i < std::min(users.size(), users_shown); ++i)
        text += (i == 0 ? "" : ", ") + users[i].text();
    if (users.size() > users_shown) text += " and " + std::to_string(users.size() - users_shown) + " more";
    return text + ")";
}

Result<std::vector<std::string>> claims_without_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline) {
    // Both at once, each being the work of another server. Neither has to come first: a row that is there stays, and one that comes after
    // the reading makes the caller look again.
    auto listing = std::async(std::launch::async, [&] { return gate.claims(deadline); });
    const auto rows = ledger.coupons(round, deadline);
    const auto claims = listing.get();
    if (!claims) return claims.fault();
    if (!rows) return rows.fault();
    std::vector<std::string> reasons = claims->defects;
    std::vector<UserId> without;
    for (const auto& claim : claims->entries) {
        if (!has_row(*rows, claim)) without.push_back(claim.user);
    }
    std::sort(without.begin(), without.end());
    if (!without.empty()) {
        reasons.push_back(std::to_string(without.size()) + (without.size() == 1 ? " claim has" : " claims have") + " no coupon row " +
                          users_named(without));
    }
    return reasons;
}

} // namespace coupon
