#pragma once

#include "core/gate_rule.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace coupon {

/// The caller's own number for something it has handed over; it comes back with the completion.
using Ticket = std::uint64_t;

/// One answer of the gate: to a claim or to a confirm.
struct GateCompletion {
    Ticket ticket = 0;
    std::variant<Result<ClaimReply>, Result<ConfirmReply>> reply;
};

/// The place where applications are decided, one after the other. Those that wait for it at the same time are decided together, in the
/// order in which they were submitted, and so are confirms.
///
/// Asynchronous: submit() hands over, poll() brings completions, in any order. One thread per Gate. Every submission completes exactly
/// once, at the latest at its deadline. Faults of a completion:
///   unknown      it may have taken effect (sent, no reply): ask again with the same application and the answer is the same
///   unreachable  it was not sent by then, for there was no connection, or an earlier request was not answered: no effect
///   refused, not_armed, missing, corrupt, denied   the server's or the script's word: no effect
/// The Gate reconnects a lost connection itself; submissions wait for it until their deadline or a refused connection.
class Gate {
public:
    virtual ~Gate() = default;

    /// Claims and confirms submitted from here on are compared with this seal; a gate of their round with another one refuses them. Empty:
    /// nothing is compared, as before the first call.
    virtual void expect_seal(const std::string& seal) = 0;

    virtual void submit(Ticket ticket, const Application& application, Deadline deadline) = 0;
    virtual void submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) = 0;

    /// Moves bytes and appends what completed to `out`; waits up to `wait` for the first completion. Returns how many were appended.
    virtual std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) = 0;

    /// How many submissions are under way.
    [[nodiscard]] virtual std::size_t in_flight() const = 0;
};

} // namespace coupon
