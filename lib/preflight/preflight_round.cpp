#include "preflight/preflight_checks.hpp"

#include "core/gate_standing.hpp"
#include "core/reset_brakes.hpp"
#include "core/rfc3339.hpp"
#include "core/topic_binding.hpp"
#include "core/unknown_event.hpp"

namespace coupon {

std::string names_to_open_with(const PreflightInput& input) {
    if (input.highest() != nullptr) return {};
    return (input.topic_name == default_topic(input.event) ? "" : " --topic " + input.topic_name) +
           (input.group == default_group(input.event) ? "" : " --group " + input.group);
}

namespace {

bool is_cleared(const PreflightInput& input) {
    return input.opening == Opening::new_round;
}

/// A new round as it is planned. What no plan tells is as in the newest round, whose times count while they are to come.
std::string reset_command(const PreflightInput& input) {
    const auto* row = input.highest();
    const auto to_come = [&](const std::optional<Instant>& time) { return time && *time > input.gate->now ? time : std::nullopt; };
    const auto window = row == nullptr ? Window{} : row->window;
    const auto opens_at = input.plan.opens_at ? input.plan.opens_at : to_come(window.opens_at);
    const auto closes_at = to_come(window.closes_at);
    const auto limit = input.plan.limit.value_or(row == nullptr ? input.limit : row->limit);
    auto command = "coupon-reset --event " + input.event + " --yes" + names_to_open_with(input) + " --limit " + limit.text();
    if (opens_at) command += " --opens-at " + rfc3339(*opens_at);
    if (closes_at && closes_at > opens_at) command += " --closes-at " + rfc3339(*closes_at);
    return command;
}

/// The same in place of a round that users can still apply to, which is ended on purpose only.
std::string replace_command(const PreflightInput& input) {
    const auto gate = input.look ? std::optional(input.look->fields) : std::nullopt;
    const auto running = running_round({input.rounds, gate, 0, input.gate->now});
    return reset_command(input) +
           (running ? " --end-running; it ends round " + running->round.text() + " (" + running->counts() + ")" : "");
}

/// How users are let into this round again, which has another end then where its window is over.
std::string reopen_command(const PreflightInput& input, const RoundRow& row) {
    const bool is_over = row.window.closes_at && *row.window.closes_at <= input.gate->now;
    return "let them in: coupon-reset --reopen --yes --event " + input.event + (is_over ? " --closes-at TIME" : "");
}

std::string on_first_look(const RoundRow& row) {
    return "round " + row.round.text() + ", " + name_of(row.state) + ", limit " + row.limit.text();
}

Judgement judge_round(const PreflightInput& input) {
    const auto* row = input.highest();
    if (row == nullptr) {
        if (is_cleared(input)) return fine("none yet, this reset opens the first");
        auto fault = no_round_of(input.event, input.events);
        return not_open(input, std::move(fault.message), std::move(fault.hint));
    }
    const auto found = on_first_look(*row);
    if (is_cleared(input)) return fine(found + ", replaced by a new one");
    if (input.opening == Opening::same_round) return fine(found + ", users are let in again");
    const auto a_new_round = "open a new round: " + reset_command(input);
    switch (row->state) {
    case RoundState::opening:
        return not_open(input, found + ": a reset was interrupted, users are turned away", "finish it: " + reset_command(input));
    case RoundState::closed: return not_open(input, found + ": users are turned away", reopen_command(input, *row) + "; or " + a_new_round);
    case RoundState::abandoned:
    case RoundState::purged: return not_open(input, found + ": users are turned away", a_new_round);
    case RoundState::open: break;
    }
    // The window is the gate's, by the gate's clock.
    if (row->window.closes_at && *row->window.closes_at <= input.gate->now)
        return not_open(input, found + ": its window ended at " + rfc3339(*row->window.closes_at),
                        reopen_command(input, *row) + "; or " + a_new_round);
    return fine(found);
}

std::string opening_text(const Window& window, Instant now) {
    if (!window.opens_at) return "open from its first moment";
    return (*window.opens_at <= now ? "open since " : "opens at ") + rfc3339(*window.opens_at);
}

/// The gate of the round, where it is readable.
const GateFields* gate_of(const PreflightInput& input, const RoundRow& row) {
    const bool is_readable = input.look && input.look->defects.empty() && input.look->fields.round == row.round;
    return is_readable ? &input.look->fields : nullptr;
}

Judgement judge_limit(const PreflightInput& input) {
    const auto* row = input.highest();
    const auto planned = input.plan.limit ? input.plan.limit->text() + " coupons are planned" : std::string();
    const auto fix = replace_command(input);
    if (is_cleared(input)) return fine(input.limit.text() + " coupons");
    if (row == nullptr) return planned.empty() ? fine("no round") : not_open(input, "no round, and " + planned, fix);
    const auto* gate = gate_of(input, *row);
    if (gate != nullptr && gate->limit != row->limit)
        return not_open(input, "the gate gives " + gate->limit.text() + " coupons, the ledger says " + row->limit.text(),
                        "coupon-reset --event " + input.event + " --rebuild-gate --yes");
    const auto found = row->limit.text() + " coupons" + (gate == nullptr ? "" : ", " + std::to_string(gate->granted) + " granted");
    if (input.plan.limit && row->limit != *input.plan.limit) return dangerous(found + ", but " + planned, fix);
    return fine(found);
}

Judgement judge_opening(const PreflightInput& input) {
    const auto* row = input.highest();
    if (is_cleared(input)) return fine(opening_text(input.window, input.gate->now));
    const auto planned = input.plan.opens_at ? "opening at " + rfc3339(*input.plan.opens_at) + " is planned" : std::string();
    const auto fix = replace_command(input);
    if (row == nullptr) return planned.empty() ? fine("no round") : not_open(input, "no round, and " + planned, fix);
    const auto* gate = gate_of(input, *row);
    if (gate != nullptr && gate->window != row->window)
        return not_open(input,
                        "the window of the gate is not the one of the ledger: " + opening_text(gate->window, input.gate->now) +
                            " instead of " + opening_text(row->window, input.gate->now),
                        "coupon-reset --event " + input.event + " --rebuild-gate --yes");
    const auto found = opening_text(row->window, input.gate->now);
    if (input.plan.opens_at && row->window.opens_at != input.plan.opens_at) return dangerous(found + ", but " + planned, fix);
    return fine(found);
}

GateSight sight_of(const PreflightInput& input) {
    return input.look ? GateSight{input.gate_address, input.look->fields, input.look->server} : GateSight{input.gate_address, {}, {}};
}

/// Why the gate here is not the one that the ledger names, as every program is told that reads both.
std::optional<Fault> not_the_ledgers(const PreflightInput& input, const RoundRow& row) {
    const auto sight = sight_of(input);
    switch (const auto standing = standing_of(sight, row)) {
    case GateStanding::promotable:
    case GateStanding::stray:
    case GateStanding::other_seal: return refusal_of(standing, sight, row);
    case GateStanding::ahead: // has a sentence of its own
    case GateStanding::counts:
    case GateStanding::unlisted:
    case GateStanding::to_be_armed: break;
    }
    return std::nullopt;
}

/// A gate of the newest round that grants nothing.
Judgement judge_unarmed_gate(const PreflightInput& input, const RoundRow& row) {
    if (input.opening == Opening::same_round) return fine("armed before it opens");
    const auto& fields = input.look->fields;
    const auto fix =
        fields.door == GateDoor::given_up ? reset_command(input) : "start coupon-consume --event " + input.event + ", which arms it";
    const auto gate = "the gate of round " + fields.round.text();
    if (fields.epoch != row.epoch)
        return not_open(input, gate + " is in epoch " + fields.epoch.text() + ", the ledger in " + row.epoch.text() + ": it is not armed",
                        fix);
    if (sight_of(input).is_armed()) return not_open(input, gate + " is not armed: the ledger names the gate of another server", fix);
    return not_open(input, gate + " is not armed: it grants nothing", fix);
}

/// A gate that is not there.
Judgement judge_missing_gate(const PreflightInput& input, const RoundRow* row) {
    if (row == nullptr) return fine("none, and no round");
    if (input.opening == Opening::same_round) return fine("made before it opens");
    const bool is_remade = row->state == RoundState::open || row->state == RoundState::closed;
    return not_open(input, "there is no gate for round " + row->round.text() + ": every application ends with exit code 3",
                    is_remade ? "start coupon-consume --event " + input.event + ", which makes it again from ledger and topic"
                              : reset_command(input));
}

Judgement judge_gate(const PreflightInput& input) {
    const auto* row = input.highest();
    if (is_cleared(input)) return fine("a new one is made");
    if (row != nullptr && input.opening != Opening::same_round) {
        if (auto fault = not_the_ledgers(input, *row)) return dangerous(std::move(fault->message), std::move(fault->hint));
    }
    if (!input.look) return judge_missing_gate(input, row);
    const auto& fields = input.look->fields;
    if (!input.look->defects.empty())
        return dangerous("the gate contradicts itself: " + joined(input.look->defects, "; "),
                         "coupon-reset --event " + input.event + " --rebuild-gate --yes; coupon-audit names what is wrong");
    if (row == nullptr || fields.round > row->round) {
        return dangerous("the gate holds round " + fields.round.text() + ", the ledger's highest is " +
                             (row == nullptr ? "none" : row->round.text()) + ": the ledger lost a round, or is another one",
                         "restore the ledger, or name the one that knows the round (--mysql)");
    }
    if (fields.round < row->round) {
        return not_open(input, "the gate holds round " + fields.round.text() + ", the ledger's highest is " + row->round.text(),
                        "start coupon-consume --event " + input.event +
                            ", which makes the gate again; after a reset that was interrupted: " + reset_command(input));
    }
    if (standing_of(sight_of(input), *row) == GateStanding::to_be_armed) return judge_unarmed_gate(input, *row);
    if (fields.door == GateDoor::closed && row->state == RoundState::open && input.opening != Opening::same_round) {
        return not_open(input, "the gate is closed although round " + row->round.text() + " is open: users are turned away",
                        reopen_command(input, *row));
    }
    return fine("round " + fields.round.text() + ", " + name_of(fields.door) + ", armed");
}

constexpr PreflightCheck checks[] = {
    {"round", "an open round within its window, or before it", judge_round},
    {"round-limit", "the planned number of coupons (--limit)", judge_limit},
    {"round-opening", "the planned time (--opens-at)", judge_opening},
    {"gate-round", "the gate of the newest round, open and armed", judge_gate},
};

} // namespace

std::span<const PreflightCheck> round_checks() {
    return checks;
}

} // namespace coupon
