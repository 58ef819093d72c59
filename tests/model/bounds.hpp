#pragma once

#include "model/bug.hpp"

#include <cstdint>
#include <vector>

namespace coupon::model {

/// Whether states that behave alike are one, and steps that nobody can come between are taken together (merging.hpp). It is argued for the
/// rules as they are.
enum class Merging : std::uint8_t { never, without_bugs, always };

/// What there is at a second address.
enum class OtherGate : std::uint8_t {
    none,
    empty,      ///< a server without a gate
    copy,       ///< the same, until the gate is copied there, at any moment
    old_master, ///< nothing, until the gate fails over to a replica and its old master goes on there
    database,   ///< another database of the very server, until the gate is copied there
    foreign,    ///< the armed gate of another event's ledger
};

/// How much may happen. All interleavings within these bounds are explored. A program that dies, or waits for ever, is no fault that is
/// counted: it is one that takes no further step, and every state is checked for what it comes to when nobody does.
struct Bounds {
    std::vector<std::int64_t> users; ///< one application each; the same user may apply more than once
    std::int64_t limit = 1;
    int partitions = 1;
    int faults = 15;          ///< losses, delayed requests and redeliveries together
    int losses = 0;           ///< of the gate: everything, the last of it, or nothing but the server's identity
    int delayed_requests = 0; ///< claims and confirms without a reply, which land later or never
    int redeliveries = 0;     ///< a worker begins again at an earlier offset
    int armings = 0;          ///< attempts, by up to two at once
    bool arms_alone = false;  ///< one at a time instead
    int redrives = 0;         ///< of one pending claim, or of one claim without a row
    int resets = 0;           ///< runs of coupon-reset, up to two at once
    bool forced_resets = false;
    bool left_opening = false;         ///< a reset died after it had made the gate of the round and before it opened it
    int closes = 0;                    ///< runs of coupon-reset --close, at most one
    int reopens = 0;                   ///< runs of coupon-reset --reopen, at most one
    OtherGate other = OtherGate::none; ///< with a worker at it
    bool bound = false;                ///< the ledger names the gate, also where there is no other one
    bool both_listed = false;          ///< the ledger lists the other address, too
    int strays = 0;                    ///< of `users`, the last: they apply at the other gate, and may lose
    bool restarts_only = false;        ///< a gate that is lost lost nothing but its server
    bool goes_back = false;            ///< what the gate loses is its last moments alone, and its server goes on
    int ledger_losses = 0;             ///< the ledger falls back, at most once
    int log_losses = 0;                ///< of each partition: the broker comes back without its data, or the topic is made again
    int fresh_workers = 0;             ///< that come for one that died, and have met nothing
    int forgeries = 0;                 ///< records that the round's gate did not sign
    bool together = false;             ///< the claims of two applications may be decided as one step, and get lost or arrive late as one
    bool losses_go_unnoticed = false;  ///< the gate lies: it forgets and looks as before; only I1 to I3 can hold then
    Bug bug = Bug::none;
    Merging merging = Merging::without_bugs;

    friend bool operator==(const Bounds&, const Bounds&) = default;
    [[nodiscard]] bool has_other_gate() const { return other != OtherGate::none; }
    /// The ledger names the gate, and the round has a key.
    [[nodiscard]] bool is_bound() const {
        return bound || goes_back || has_other_gate() || ledger_losses > 0 || log_losses > 0 || forgeries > 0;
    }
    /// Somebody closes or opens the event while it runs, so the worker looks out for it.
    [[nodiscard]] bool are_closed() const { return closes > 0 || reopens > 0; }
    /// Steps that belong together are taken together. It is argued for one gate, and a ledger that forgets nothing.
    [[nodiscard]] bool are_merged() const {
        return !is_bound() && (merging == Merging::always || (merging == Merging::without_bugs && bug == Bug::none));
    }
    /// Only the steps: what states forget is argued for a gate that nobody closes or opens but a reset.
    [[nodiscard]] bool are_states_merged() const { return are_merged() && !are_closed(); }
};

} // namespace coupon::model
