#include "core/close_steps.hpp"

#include "core/escape.hpp"

namespace coupon {

namespace {

/// How often the ledger is told where others keep acting on the event: a worker that told it, too, costs one turn.
constexpr int most_times_told = 10;

constexpr auto repeat_hint = "repeat coupon-reset --close";

} // namespace

const char* name_of(CloseEnd end) {
    switch (end) {
    case CloseEnd::closed: return "closed";
    case CloseEnd::not_told: return "not_told";
    case CloseEnd::in_doubt: return "in_doubt";
    case CloseEnd::still_open: return "still_open";
    case CloseEnd::nothing_closed: return "nothing_closed";
    }
    return "in_doubt";
}

void Closing::end_with(CloseEnd end, Fault fault) {
    end_ = end;
    fault_ = std::move(fault);
    stage_ = CloseStage::done;
}

void Closing::end_without_ledger(const Fault& why) {
    if (!has_gate_ && why.kind == FaultKind::missing && stage_ == CloseStage::read_round) {
        return end_with(CloseEnd::nothing_closed,
                        {why.kind, "event " + event_ + " was never opened here (no gate in Redis; " + why.message + "); nothing to close",
                         "check --event and --mysql"});
    }
    if (!has_gate_) {
        return end_with(
            CloseEnd::nothing_closed,
            {why.kind, "event " + event_ + " has no gate, and the ledger was not told: " + why.message + "; nothing was closed", why.hint});
    }
    end_with(CloseEnd::not_told, {why.kind,
                                  "the gate of event " + event_ + " is closed, but the ledger does not know: " + why.message +
                                      "; if Redis loses this before a worker tells the ledger, the gate opens again",
                                  (why.hint.empty() ? "" : why.hint + "; then ") + "let a coupon-consume run, or " + repeat_hint});
}

void Closing::tell_ledger() {
    if (++times_told_ <= most_times_told) {
        stage_ = CloseStage::read_round;
        return;
    }
    end_without_ledger({FaultKind::conflict, "another program keeps acting on the event", {}});
}

void Closing::on_shut(const Result<Shut>& left, const std::string& token) {
    const bool is_first = stage_ == CloseStage::shut_gate;
    if (!left) {
        const auto& why = left.fault();
        if (!is_first) {
            return end_with(CloseEnd::in_doubt,
                            {FaultKind::unknown,
                             "the ledger knows that event " + event_ + " is closed, but its gate could not be read again: " + why.message +
                                 "; the gate may still be open",
                             repeat_hint});
        }
        if (why.kind == FaultKind::unknown) {
            return end_with(CloseEnd::in_doubt,
                            {why.kind, why.message + "; the gate of event " + event_ + " may still be open", repeat_hint});
        }
        return end_with(CloseEnd::still_open, {why.kind, why.message + "; event " + event_ + " is STILL OPEN", why.hint});
    }
    if (*left != Shut::missing) has_gate_ = true;
    if (!is_first && *left != Shut::untold) {
        if (elsewhere_) return end_with(CloseEnd::still_open, *elsewhere_);
        end_ = CloseEnd::closed;
        stage_ = CloseStage::done;
        return;
    }
    mine_ = token;
    tell_ledger();
}

bool Closing::ends_at_another_gate(const GateSight& gate, const RoundRow& row) {
    const auto standing = standing_of(gate, row);
    const bool is_of_another_ledger = standing == GateStanding::other_seal || standing == GateStanding::ahead;
    const bool is_listed = row.home.addresses.empty() || row.home.lists(gate.address);
    if (is_of_another_ledger && is_listed) {
        end_without_ledger(refusal_of(standing, gate, row));
        return true;
    }
    if (!is_of_another_ledger && standing != GateStanding::stray && standing != GateStanding::promotable) return false;
    std::string listed;
    for (const auto& address : row.home.addresses)
        listed += (listed.empty() ? "" : ", ") + escape(address);
    const auto here = gate.fields ? "closed a gate that does not count, at " : "there is no gate at ";
    elsewhere_ = Fault{FaultKind::unreachable,
                       here + escape(gate.address) + "; the gate of round " + row.round.text() + " of event " + event_ + " at " + listed +
                           " is STILL OPEN",
                       "run coupon-reset --close with its --redis; a running coupon-consume closes it as well"};
    // The ledger of another environment is left alone.
    if (is_of_another_ledger) end_with(CloseEnd::still_open, *elsewhere_);
    return is_of_another_ledger;
}

void Closing::on_round_read(const Result<std::optional<RoundRow>>& highest, const std::optional<GateSight>& gate) {
    if (!highest) return end_without_ledger(highest.fault());
    if (!*highest) return end_without_ledger({FaultKind::missing, "the ledger has no round of the event", "check --event and --mysql"});
    elsewhere_.reset();
    if (gate && ends_at_another_gate(*gate, **highest)) return;
    round_ = (*highest)->round;
    stage_ = CloseStage::close_round;
}

void Closing::on_round_closed(const Result<RoundRow>& row) {
    if (row) {
        stage_ = CloseStage::shut_again;
        return;
    }
    // A reset has begun a round since; or the reply was lost, and closing a closed round changes nothing.
    const bool is_worth_repeating = row.fault().kind == FaultKind::conflict || row.fault().kind == FaultKind::unknown;
    if (is_worth_repeating && times_told_ < most_times_told) return tell_ledger();
    end_without_ledger(row.fault());
}

} // namespace coupon
