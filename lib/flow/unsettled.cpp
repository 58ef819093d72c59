#include "flow/unsettled.hpp"

#include "flow/quiescent.hpp"

#include <algorithm>
#include <future>

namespace coupon {

namespace {

constexpr std::size_t users_shown = 20;
constexpr std::int64_t rows_at_once = 20'000;

/// Whether a row says the same as the claim. The rows come by slot, most often without a gap, so that the row of slot s is the s-th one.
bool has_row(const std::vector<Coupon>& rows, const ClaimedSlot& claim) {
    const auto at = std::min(rows.size(), static_cast<std::size_t>(std::max<std::int64_t>(claim.slot.value() - 1, 0)));
    auto row = rows.begin() + static_cast<std::ptrdiff_t>(at);
    if (row == rows.end() || row->slot != claim.slot)
        row = std::lower_bound(rows.begin(), rows.end(), claim.slot, [](const Coupon& one, Slot slot) { return one.slot < slot; });
    return row != rows.end() && row->slot == claim.slot && row->user == claim.user;
}

/// How many claims have a row of the same user and slot. No two rows have the same user, so none counts twice. While one server is asked
/// about some rows, the other reads the next ones.
Result<std::int64_t> claims_with_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline) {
    const auto read_after = [&](Slot slot) {
        return std::async(std::launch::async, [&, slot] { return ledger.coupons_after(round, slot, rows_at_once, deadline); });
    };
    std::int64_t found = 0;
    auto next = read_after(Slot(0));
    while (true) {
        const auto rows = next.get();
        if (!rows) return rows.fault();
        if (rows->empty()) return found;
        next = read_after(rows->back().slot);
        std::vector<UserId> users;
        users.reserve(rows->size());
        for (const auto& row : *rows)
            users.push_back(row.user);
        const auto slots = gate.slots_of(users, deadline);
        if (!slots) return slots.fault();
        for (std::size_t i = 0; i < rows->size(); ++i)
            found += (*slots)[i] == (*rows)[i].slot ? 1 : 0;
    }
}

/// The gate as it is, where it is in order.
std::optional<SettledGate> gate_in_order(const GateSummary& summary) {
    if (!summary.defects.empty()) return std::nullopt;
    return SettledGate{pulse_of(summary), summary.claims};
}

} // namespace

Result<std::optional<SettledGate>> settled_gate(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline) {
    const auto before = gate.summary(deadline);
    if (!before) return before.fault();
    const auto found = claims_with_row(gate, ledger, round, deadline);
    if (!found) return found.fault();
    const auto after = gate.summary(deadline);
    if (!after) return after.fault();
    const auto settled = gate_in_order(*after);
    // As many claims have a row as there are claims: within an epoch no claim goes away, so that those found are all there are.
    const bool has_each = settled && pulse_of(*before) == settled->pulse && settled->claims == *found;
    return has_each ? settled : std::nullopt;
}

std::string users_named(const std::vector<UserId>& users) {
    std::string text = users.size() == 1 ? "(user " : "(users ";
    for (std::size_t i = 0; i < std::min(users.size(), users_shown); ++i)
        text += (i == 0 ? "" : ", ") + users[i].text();
    if (users.size() > users_shown) text += " and " + std::to_string(users.size() - users_shown) + " more";
    return text + ")";
}

Result<std::vector<std::string>> claims_without_row(GateReader& gate, LedgerReader& ledger, Round round, Deadline deadline,
                                                    const std::optional<SettledGate>& before) {
    if (before) {
        const auto now = gate.summary(deadline);
        if (!now) return now.fault();
        if (gate_in_order(*now) == before) return std::vector<std::string>{};
    }
    // Most often each has its row; to see that costs the gate's server half as much as to list the claims, and the rows tell which to ask
    // for.
    const auto settled = settled_gate(gate, ledger, round, deadline);
    if (!settled) return settled.fault();
    if (*settled) return std::vector<std::string>{};
    const auto claims = gate.claims(deadline);
    if (!claims) return claims.fault();
    const auto rows = ledger.coupons(round, deadline);
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
