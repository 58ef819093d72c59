#pragma once

#include "core/grant.hpp"
#include "core/result.hpp"
#include "core/round_key.hpp"
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

/// Which server process, with which replication history, and which of its databases the gate was armed in. Another process or history
/// may have forgotten claims; another database of the same process may hold a copy.
struct ServerIdentity {
    std::string run_id;
    std::string master_replid;
    std::int64_t database = 0;

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
    std::optional<RoundKey> key; ///< the round's; none in a round opened by a release without keys
    std::string topic;           ///< where the records of its claims go
    std::string cluster_id;      ///< of the Kafka cluster the topic is in
    bool is_old_copy = false;    ///< found at an epoch older than the ledger's, and not armed since: its pending claims prove nothing
    bool untold = false;         ///< the kill switch closed the gate, and the ledger does not know yet

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

/// The seal of a key, empty where there is none. An empty seal is not compared.
[[nodiscard]] std::string seal_of(const std::optional<RoundKey>& key);

/// Whether these two may belong to one round: equal, or one of them empty.
[[nodiscard]] bool is_same_seal(const std::string& one, const std::string& other);

/// What the gate holds of the user who applies; nullptr: nothing.
struct HeldOfUser {
    const Claim* claim = nullptr;
    const PendingClaim* pending = nullptr;
};

/// How many entries the gate's two keys hold.
struct GateSizes {
    std::int64_t claims = 0;
    std::int64_t outbox = 0;
};

/// Decides one application by what was read of a gate, and changes nothing. `seal` is that of the round asked for. Faults: those of
/// claim(), but for missing.
[[nodiscard]] Result<ClaimReply> decide(const GateFields& gate, const GateSizes& sizes, const HeldOfUser& held,
                                        const Application& application, const ServerIdentity& server, Instant now,
                                        const std::string& seal = {});

/// What a grant changes in the fixed fields. Returns the slot, the lowest free one.
Slot take_slot(GateFields& gate);

/// Decides one application and remembers a grant. `seal` is that of the round asked for. Faults: missing, corrupt (also when the gate is
/// behind the round asked for), refused (a gate of this round with another seal), not_armed.
[[nodiscard]] Result<ClaimReply> claim(GateMemory& gate, const Application& application, const ServerIdentity& server, Instant now,
                                       const std::string& seal = {});

/// How many applications, or confirms, go to the gate together at most: it answers nobody else meanwhile.
inline constexpr std::size_t most_together = 100;

/// Decides applications as one step, each as claim() would after the ones before it, all at one moment. An answer for each, in order.
/// REQUIRES: all are of one round.
[[nodiscard]] std::vector<Result<ClaimReply>> claim_together(GateMemory& gate, std::span<const Application> applications,
                                                             const ServerIdentity& server, Instant now, const std::string& seal = {});

/// What the gate says to a published claim. gone: the gate was armed again since and the claim no longer stands as published, ask again
/// from the start. round_over: the gate holds a later round, this claim's fate is in the ledger. went_back: the gate is in the claim's
/// epoch or an older one and does not hold it, so it forgot what it had granted; it lost its arms by this very call.
enum class ConfirmReply { confirmed, gone, round_over, went_back };

/// Takes a published claim out of the outbox. Confirming twice is confirmed. `seal` is that of the key its record was signed with. Faults:
/// missing, corrupt, refused (a gate of this round with another seal), not_armed.
[[nodiscard]] Result<ConfirmReply> confirm(GateMemory& gate, const Grant& grant, const ServerIdentity& server,
                                           const std::string& seal = {});

/// Takes the arms away from a gate that went back in time while its server went on: until it is armed again it grants and confirms nothing.
/// Faults: missing, conflict (it is in another round or epoch by now), refused (another seal).
[[nodiscard]] Status disarm(GateMemory& gate, Round round, Epoch epoch, const std::string& seal = {});

/// What a gate script compares before it acts; conflict when the gate differs.
struct GateMark {
    Round round;
    std::string token;
};

/// What the kill switch has left of the gate.
enum class Shut {
    missing, ///< no gate
    untold,  ///< closed, and marked: the ledger must be told
    told,    ///< closed, and the ledger knows
};

/// The kill switch: closes whatever gate there is and gives it the new token. It compares nothing that could hold it up, and a gate that
/// was given up stays given up. `mine` is the token it left at the gate before it told the ledger, nullopt the first time. A gate that
/// still has it loses its mark; any other one is marked untold, for somebody may have made, opened or closed it since the ledger was told.
[[nodiscard]] Shut shut(GateMemory& gate, const std::optional<std::string>& mine, const std::string& token);

/// Takes the mark away after the ledger was told. Refuses (conflict) unless the gate is marked and its round and token are those of `seen`;
/// missing.
[[nodiscard]] Status mark_told(GateMemory& gate, const GateMark& seen, const std::string& token);

/// Closes a gate whose round the ledger has as closed: reset step 3, and the worker. Refuses (conflict) unless the gate's round and token
/// are those of `seen`; a missing gate counts as closed. A gate that was given up stays given up.
[[nodiscard]] Status close(GateMemory& gate, const GateMark& seen, const std::string& token);

/// Opens a closed gate again without arming it; its window ends at `closes_at` from then on. Refuses (conflict) unless round and token are
/// those of `seen`, and where the ledger was not told that the gate was closed; missing; a given-up gate is refused.
[[nodiscard]] Status reopen(GateMemory& gate, const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at);

/// Forced reset: the gate confirms nothing from here on. Refuses (conflict) unless round and token are those of `seen`.
[[nodiscard]] Status give_up(GateMemory& gate, const GateMark& seen);

/// Removes a gate that contradicts itself, with its outbox; arming makes it again. Refuses (conflict) unless round and token are those of
/// `seen`, which is absent where the gate's round could not be read. A missing gate is removed.
[[nodiscard]] Status discard(GateMemory& gate, const std::optional<GateMark>& seen);

/// What a new round's gate starts with.
struct NewGate {
    Round round;
    Limit limit;
    Window window;
    std::string token;
    std::optional<RoundKey> key{};
    std::string topic{};
    std::string cluster_id{};
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
    std::optional<RoundKey> key{};
    std::string topic{};
    std::string cluster_id{};
    std::string home_run_id{};      ///< of the server whose gate the ledger's epoch was stored for; empty: it does not say
    std::int64_t home_database = 0; ///< of that gate
    Epoch met{0}; ///< the highest epoch of the round that the caller has met anywhere: a ledger that says less lost an arming
};

/// What the caller of begin_arming must remember.
struct ArmingTicket {
    Round round;
    Epoch epoch; ///< the epoch the gate will have
    ServerIdentity server;
    std::string seal{};                ///< the round's
    bool is_old_copy = false;          ///< the gate was found at an older epoch than the ledger's: its pending claims prove nothing
    std::optional<Epoch> remembered{}; ///< the epoch in which this very server was armed before: its memory is continuous since

    friend bool operator==(const ArmingTicket&, const ArmingTicket&) = default;
};

/// Arming step 1. A missing gate, or one of an older round, becomes an empty one of the ledger's highest round, not armed. One of another
/// epoch than the ledger's is not armed, whatever server it remembers; while `arming` is set it grants nothing.
/// The new epoch is above all that is known. Conflict: the gate is armed in the ledger's epoch and no higher one was met, or its round is
/// higher than the ledger's; refused: the round is opening, abandoned or purged, the gate was given up (run coupon-reset), or it carries
/// another seal; corrupt: its limit is not the ledger's.
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

/// Takes claims out that do not count: those of an old copy that nothing else speaks for, and those that a row contradicts. In chunks,
/// before the restore. Conflict unless `ticket` is still the one arming on the same server. A user without a claim is left alone.
[[nodiscard]] Status drop(GateMemory& gate, const ArmingTicket& ticket, std::span<const UserId> chunk, const ServerIdentity& server);

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
