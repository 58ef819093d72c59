#pragma once

#include "core/grant.hpp"
#include "core/result.hpp"
#include "core/slot_ranges.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The rule of the gate, pure: every function here is one atomic script of lib/gate/*.lua, and the fake gate and the model
/// explorer call these very functions. One contract test holds the scripts to them. The order of the cases is part of the
/// contract (lib/README.md, "Gate").
namespace coupon {

/// Which server process, with which replication history, the gate was armed with. Another one may have forgotten claims.
struct ServerIdentity {
    std::string run_id;
    std::string master_replid;

    friend bool operator==(const ServerIdentity&, const ServerIdentity&) = default;
};

/// open lets applications in, closed does not, given_up was abandoned by a forced reset and confirms nothing either.
enum class GateDoor { open, closed, given_up };

[[nodiscard]] const char* name_of(GateDoor door);
[[nodiscard]] std::optional<GateDoor> parse_gate_door(std::string_view text);

/// When applications are let in, by the gate's own clock: from opens_at (inclusive) to closes_at (exclusive).
struct Window {
    std::optional<Instant> opens_at;
    std::optional<Instant> closes_at;

    friend bool operator==(const Window&, const Window&) = default;
};

/// The fixed fields of the gate's hash: all that a decision depends on besides the claims.
struct GateFields {
    Round round;
    Epoch epoch;
    Limit limit;
    GateDoor door = GateDoor::closed;
    Window window;
    std::int64_t granted = 0;    ///< claims
    std::int64_t published = 0;  ///< claims no longer in the outbox
    std::string token;           ///< a random word of whoever last closed, cleared or reopened the gate
    ServerIdentity armed_with;   ///< empty: never armed
    std::optional<Epoch> arming; ///< set while somebody arms the gate, to the epoch it will then have
    SlotRanges free;             ///< slots below the highest claimed one that nobody has; arming may leave such holes

    friend bool operator==(const GateFields&, const GateFields&) = default;
};

/// All that a gate remembers.
struct GateState {
    GateFields fields;
    std::map<UserId, Claim> claims;
    std::map<UserId, PendingClaim> outbox;

    friend bool operator==(const GateState&, const GateState&) = default;
};

/// A gate, or nothing: a missing gate is an error, never an empty one.
using GateMemory = std::optional<GateState>;

/// What every look at a missing gate ends with.
[[nodiscard]] Fault missing_gate();

/// True when the gate has proven that it remembers everything and may grant and confirm.
[[nodiscard]] bool is_armed(const GateFields& gate, const ServerIdentity& server);

/// Empty when claims = granted and outbox = granted - published; otherwise a sentence naming what disagrees.
[[nodiscard]] std::string counters_disagree(const GateFields& gate, std::int64_t claims, std::int64_t outbox);

/// What the gate says to an application.
struct ClaimReply {
    enum class Kind { granted, duplicate, sold_out, closed };

    Kind kind = Kind::closed;
    Grant grant;                                     ///< with granted and duplicate (then granted_at only while pending)
    ClaimState state = ClaimState::pending;          ///< with granted and duplicate
    ClosedReason reason = ClosedReason::by_operator; ///< with closed

    friend bool operator==(const ClaimReply&, const ClaimReply&) = default;
};

/// Decides one application. Faults: missing, corrupt (also when the gate is behind the round asked for), not_armed.
[[nodiscard]] Result<ClaimReply> claim(GateMemory& gate, const Application& application, const ServerIdentity& server, Instant now);

/// What the gate says to a published claim. gone: the claim no longer stands as published, ask again from the start.
/// round_over: the gate holds a later round, this claim's fate is in the ledger.
enum class ConfirmReply { confirmed, gone, round_over };

/// Takes a published claim out of the outbox. Confirming twice is confirmed. Faults: missing, corrupt, not_armed.
[[nodiscard]] Result<ConfirmReply> confirm(GateMemory& gate, const Grant& grant, const ServerIdentity& server);

/// What a gate script compares before it acts; conflict when the gate differs.
struct GateMark {
    Round round;
    std::string token;
};

/// The kill switch and reset step 3. Refuses (conflict) unless the gate's round and token are those of `seen`; a missing gate
/// counts as closed. A gate that was given up stays given up.
[[nodiscard]] Status close(GateMemory& gate, const GateMark& seen, const std::string& token);

/// Opens a closed gate again without arming it. Refuses (conflict) unless round and token are those of `seen`; missing; a
/// given-up gate is refused.
[[nodiscard]] Status reopen(GateMemory& gate, const GateMark& seen, const std::string& token);

/// Forced reset: the gate confirms nothing from here on. Refuses (conflict) unless round and token are those of `seen`.
[[nodiscard]] Status give_up(GateMemory& gate, const GateMark& seen);

/// What a new round's gate starts with.
struct NewGate {
    Round round;
    Limit limit;
    Window window;
    std::string token;
};

/// Reset step 7: where the gate is missing, or of an older round with this token, it is replaced by an empty, closed, not armed
/// one of the new round. A gate that is already of the new round is left alone. Otherwise conflict.
[[nodiscard]] Result<ServerIdentity> create(GateMemory& gate, const NewGate& fresh, const ServerIdentity& server);

/// Reset step 9: opens and arms. Refuses (conflict) unless round, closed, token and server are as given and nobody is arming;
/// an already open and armed gate with this round and token is done.
[[nodiscard]] Status open_and_arm(GateMemory& gate, const GateMark& mine, const ServerIdentity& created_with, const ServerIdentity& server);

/// The ledger's highest round, as arming needs it.
struct RoundFacts {
    Round round;
    Limit limit;
    Window window;
    RoundState state = RoundState::closed;
    Epoch epoch;
};

/// What the caller of begin_arming must remember.
struct ArmingTicket {
    Round round;
    Epoch epoch; ///< the epoch the gate will have
    ServerIdentity server;

    friend bool operator==(const ArmingTicket&, const ArmingTicket&) = default;
};

/// Arming step 1. A missing gate, or one of an older round, becomes an empty one of the ledger's highest round, not armed.
/// Conflict: the gate is armed, or its round is higher than the ledger's; refused: the round is opening, abandoned or purged, or
/// the gate was given up: run coupon-reset; corrupt: its limit is not the ledger's.
[[nodiscard]] Result<ArmingTicket> begin_arming(GateMemory& gate, const RoundFacts& highest, const std::string& token,
                                                const ServerIdentity& server);

/// A claim that ledger or topic know of and the gate lost.
struct RestoredClaim {
    UserId user;
    Slot slot;
};

/// Puts claims back, in chunks before the arm script. Conflict unless `ticket` is still the one arming on the same server;
/// corrupt, and nothing put back, when a user of the chunk has another slot. A claim that is there already is left alone. The caller has
/// looked for slots taken twice before (restore_plan.hpp): the gate knows its claims by user only.
[[nodiscard]] Status restore(GateMemory& gate, const ArmingTicket& ticket, std::span<const RestoredClaim> chunk,
                             const ServerIdentity& server);

/// What the arm script is told besides its ticket.
struct ArmOrder {
    std::int64_t granted = 0;   ///< claims the caller counted after the restore; another number is a conflict
    SlotRanges free;            ///< holes below the highest claimed slot
    bool ledger_closed = false; ///< the ledger says closed: the gate closes too. Arming never opens.
};

/// Arming step 5. Every pending claim takes the new epoch. Conflict unless `ticket` is still the one arming on the same server;
/// corrupt when the counters disagree, or a pending claim is not among the claims with its slot.
[[nodiscard]] Status arm(GateMemory& gate, const ArmingTicket& ticket, const ArmOrder& order, const ServerIdentity& server);

} // namespace coupon
