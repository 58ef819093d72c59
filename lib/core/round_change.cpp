#include "core/round_change.hpp"

#include "core/escape.hpp"

#include <algorithm>

namespace coupon {

namespace {

/// More names than one server has; what is behind them need not be stored to be found.
constexpr std::size_t most_gate_addresses = 16;

Fault conflict(std::string what) {
    return {FaultKind::conflict, std::move(what), "another coupon-reset or a worker acted on the event; run this again"};
}

std::string name_of_round(const RoundRow& row) {
    return "round " + row.round.text() + " of event " + row.event;
}

Fault has_state(const RoundRow& row, const std::string& what) {
    return conflict(name_of_round(row) + " is " + name_of(row.state) + ", " + what);
}

Fault has_another_owner(const RoundRow& row) {
    return conflict(name_of_round(row) + " was closed, opened or taken over by somebody else");
}

/// The row asked about, if it is the highest.
Result<RoundRow> the_highest(const std::optional<RoundRow>& highest, Round round) {
    if (!highest) return conflict("round " + round.text() + " does not exist, the ledger has no round of the event");
    if (highest->round != round) return conflict("round " + round.text() + " is not the highest, " + name_of_round(*highest) + " is");
    return *highest;
}

RoundRow changed(RoundRow row, RoundState state, const std::string& token) {
    row.state = state;
    row.owner = token;
    return row;
}

} // namespace

Result<RoundRow> close_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    return changed(*row, row->state == RoundState::open ? RoundState::closed : row->state, token);
}

Result<RoundRow> close_owned_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& owner,
                                       const std::string& token) {
    if (auto row = the_highest(highest, round); row && row->owner != owner && row->owner != token) return has_another_owner(*row);
    return close_round_row(highest, round, token);
}

Result<RoundRow> reopen_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& owner, const std::string& token,
                                  const std::optional<Instant>& closes_at) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    if (row->owner != owner && row->owner != token) return has_another_owner(*row);
    // may_become() also lets an opening round become open, but that is for the reset that owns it to do.
    if (row->state != RoundState::open && row->state != RoundState::closed) return has_state(*row, "only a closed one can be opened again");
    if (closes_at) row->window.closes_at = closes_at;
    return changed(*row, RoundState::open, token);
}

Result<RoundRow> abandon_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    if (row->owner != token) return has_another_owner(*row);
    if (row->state != RoundState::abandoned && !may_become(row->state, RoundState::abandoned)) {
        return has_state(*row, "only a closed one can be abandoned");
    }
    return changed(*row, RoundState::abandoned, token);
}

Result<RoundRow> finish_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token, const GateHome& home) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    if (row->owner != token) return has_another_owner(*row);
    if (row->state != RoundState::opening && row->state != RoundState::open) return has_state(*row, "only an opening one can be finished");
    row->home = home;
    return changed(*row, RoundState::open, token);
}

Result<RoundRow> raise_epoch_row(const std::optional<RoundRow>& highest, Round round, Epoch epoch, const ArmingPlace& place) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    if (row->state != RoundState::open && row->state != RoundState::closed) {
        return has_state(*row, "its gate must not be armed");
    }
    if (epoch <= row->epoch)
        return conflict(name_of_round(*row) + " is in epoch " + row->epoch.text() + " already, not before " + epoch.text());
    // A round of an earlier release has no place yet.
    const bool is_listed = row->home.addresses.empty() || row->home.lists(place.address);
    if (!is_listed && !place.may_move) return not_the_gate(*row, place.address);
    row->epoch = epoch;
    row->home = {place.run_id, place.database, {place.address}};
    return row;
}

Result<RoundRow> list_address_row(const std::optional<RoundRow>& highest, Round round, Epoch epoch, const ArmingPlace& place) {
    auto row = the_highest(highest, round);
    if (!row) return row;
    auto& home = row->home;
    if (row->epoch != epoch || home.run_id != place.run_id || home.database != place.database) {
        return conflict("the gate of " + name_of_round(*row) + " was armed again");
    }
    if (!home.lists(place.address) && home.addresses.size() < most_gate_addresses) home.addresses.push_back(place.address);
    return row;
}

Fault not_the_gate(const RoundRow& row, const std::string& address) {
    std::string listed;
    for (const auto& one : row.home.addresses)
        listed += (listed.empty() ? "" : ", ") + escape(one);
    return {FaultKind::usage, "the gate at " + escape(address) + " is not the gate of " + name_of_round(row) + ", which is at " + listed,
            "check --redis; to move the gate on purpose, run coupon-reset --reopen with the new --redis"};
}

Result<InsertVerdict> may_insert_round(const std::optional<RoundRow>& highest, const RoundRow& fresh, const RoundInsertion& insertion) {
    if (fresh.state != RoundState::opening || fresh.round.value() < 1 || fresh.limit.value() < smallest_limit ||
        fresh.limit.value() > largest_limit || fresh.epoch != Epoch(1) || fresh.owner.empty()) {
        return Fault{
            FaultKind::usage, name_of_round(fresh) + " cannot begin: it must be opening, in epoch 1, owned, with a possible limit", {}};
    }
    if (insertion.other_event) {
        return Fault{FaultKind::conflict,
                     "topic " + escape(fresh.topic) + " is bound to event " + escape(*insertion.other_event) + ", not to " + fresh.event,
                     "one event per topic: choose another --topic"};
    }
    if (highest && *highest == fresh) return InsertVerdict::done_before;
    if (insertion.opened_once) {
        return conflict("round " + insertion.opened_once->text() + " of event " + fresh.event + " was opened with --once " +
                        escape(fresh.once_key.value_or("")) + " already");
    }
    if (!insertion.previous) {
        if (highest) return conflict("event " + fresh.event + " has a round already, " + highest->round.text());
        return InsertVerdict::insert;
    }
    auto row = the_highest(highest, *insertion.previous);
    if (!row) return row.fault();
    if (row->owner != fresh.owner) return has_another_owner(*row);
    if (row->state == RoundState::opening || row->state == RoundState::open)
        return has_state(*row, "it must be over before a new one begins");
    if (fresh.round <= row->round) return conflict(name_of_round(*row) + " is not before round " + fresh.round.text());
    if (insertion.gives_up_claims && row->state != RoundState::abandoned) return has_state(*row, "its claims cannot be given up");
    return InsertVerdict::insert;
}

Status unless_armed_again(const std::optional<RoundRow>& row, Round round, std::span<const VoidClaim> claims) {
    const bool is_same = row && std::all_of(claims.begin(), claims.end(), [&](const VoidClaim& one) { return one.epoch == row->epoch; });
    return is_same ? Status(Done{}) : Fault{FaultKind::conflict, "round " + round.text() + " was armed again since", {}};
}

} // namespace coupon
