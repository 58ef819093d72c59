#include "flow/worker/roll_back_watch.hpp"

#include "flow/patience.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// Counting a million coupons takes a database a fifth of a second.
constexpr std::int64_t quickly_counted = 100'000;
constexpr Milliseconds long_count_interval{2000};

/// Of what waits to be compared while the gate cannot be asked. Counts show a gate that lost older ones.
constexpr std::size_t most_batches = 200;
constexpr std::size_t most_losers = 200;

} // namespace

Status RollBackWatch::look_at_ledger(LedgerReader& ledger, const RoundRow& row, Milliseconds timeout) {
    for (auto& batch : issued_.take())
        written_.push_back(std::move(batch));
    while (written_.size() > most_batches)
        written_.pop_front();
    for (auto& record : issued_.take_losers())
        losers_.push_back(std::move(record));
    while (losers_.size() > most_losers)
        losers_.pop_front();
    rows_.reset();
    const auto now = world_.now();
    if (row.limit.value() > quickly_counted && counted_ && now - *counted_ < long_count_interval) return Done{};
    const auto rows = ledger.coupon_count(row.round, now + timeout);
    if (!rows) return rows.fault();
    rows_ = *rows;
    counted_ = now;
    return Done{};
}

Result<bool> RollBackWatch::look_at_gate(const GateFields& gate, const RoundRow& row, GateReader& reader, GateKeeper& keeper,
                                         Milliseconds timeout) {
    if (!found_) {
        const auto why = why_it_went_back(gate, row, reader, timeout);
        if (!why) return why.fault();
        if (why->empty()) return false;
        journal_.error("the gate went back in time while its server went on: " + *why +
                       "; it grants nothing until it is armed again. Users who were answered since may lose, and coupon-audit names them");
        found_ = Found{gate.round, gate.epoch, seal_of(gate.key)};
    }
    const auto disarmed = keeper.disarm(found_->round, found_->epoch, found_->seal, world_.now() + timeout);
    if (!disarmed && disarmed.fault().kind != FaultKind::conflict) return disarmed.fault();
    found_.reset();
    before_.reset();
    return true;
}

Result<std::string> RollBackWatch::why_it_went_back(const GateFields& gate, const RoundRow& row, GateReader& reader, Milliseconds timeout) {
    auto why = went_back_because(gate, before_, rows_);
    before_ = GateProgress::of(gate);
    if (why.empty()) why = look_at_losers(gate);
    return why.empty() ? look_at_users(row, reader, timeout) : std::move(why);
}

std::string RollBackWatch::look_at_losers(const GateFields& gate) {
    for (const auto& record : std::exchange(losers_, {})) {
        const auto decoded = decode(record.raw);
        const auto* issue = std::get_if<IssueRecord>(&decoded);
        if (issue == nullptr || issue->grant.round != gate.round || issue->grant.epoch != gate.epoch) continue;
        return "it gave slot " + issue->grant.slot.text() + " to user " + issue->grant.user.text() + ", and the coupon is another's";
    }
    return {};
}

Result<std::string> RollBackWatch::look_at_users(const RoundRow& row, GateReader& reader, Milliseconds timeout) {
    std::vector<ClaimedSlot> issued;
    for (const auto& batch : written_) {
        for (const auto& record : batch) {
            const auto decoded = decode(record.raw);
            const auto* issue = std::get_if<IssueRecord>(&decoded);
            if (issue != nullptr && issue->grant.round == row.round) issued.push_back({issue->grant.user, issue->grant.slot});
        }
    }
    if (issued.empty()) {
        written_.clear();
        return std::string{};
    }
    std::sort(issued.begin(), issued.end(), [](const ClaimedSlot& a, const ClaimedSlot& b) { return a.slot < b.slot; });
    std::vector<UserId> users;
    users.reserve(issued.size());
    for (const auto& one : issued)
        users.push_back(one.user);
    const auto slots = reader.slots_of(users, world_.now() + time_for(static_cast<std::int64_t>(users.size()), timeout));
    if (!slots) return slots.fault();
    written_.clear();
    for (std::size_t i = 0; i < issued.size(); ++i) {
        if (auto why = went_back_because(issued[i].user, issued[i].slot, (*slots)[i]); !why.empty()) return why;
    }
    return std::string{};
}

} // namespace coupon
