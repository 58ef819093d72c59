#pragma once

#include "core/ledger_rule.hpp"
#include "core/result.hpp"
#include "core/void_claims.hpp"

#include <optional>
#include <span>
#include <string>

/// Which change of the event's highest round is allowed, pure. Each function takes the highest row as it is under lock (nullopt: the event
/// has no round) and gives the row as it is to be written, or conflict: somebody else acted, nothing may be written. lib/ledger and the
/// fake ledger call them; the comparisons are those of lib/README.md ("Reset", "Arming").
namespace coupon {

/// An open round becomes closed; any other state stays. The owner becomes `token`.
[[nodiscard]] Result<RoundRow> close_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token);

/// The same, where the round is still owned by `owner`; one that `token` owns already is done.
[[nodiscard]] Result<RoundRow> close_owned_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& owner,
                                                     const std::string& token);

/// A closed or open round that is still owned by `owner`, or by `token` already, becomes open, owner `token`. With `closes_at` its window
/// ends then.
[[nodiscard]] Result<RoundRow> reopen_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& owner,
                                                const std::string& token, const std::optional<Instant>& closes_at);

/// A closed or abandoned round that `token` owns becomes abandoned.
[[nodiscard]] Result<RoundRow> abandon_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token);

/// An opening or open round that `token` owns becomes open; `home` is where its gate is.
[[nodiscard]] Result<RoundRow> finish_round_row(const std::optional<RoundRow>& highest, Round round, const std::string& token,
                                                const GateHome& home);

/// Where a gate is being armed.
struct ArmingPlace {
    std::string run_id;
    std::int64_t database = 0;
    std::string address;   ///< of the caller; the list of addresses begins again with it
    bool may_move = false; ///< a reopen, or a promoted replica: the address need not be listed
};

/// An open or closed round takes a higher epoch than it has, and the place of the gate that has it. usage where the address is not listed.
[[nodiscard]] Result<RoundRow> raise_epoch_row(const std::optional<RoundRow>& highest, Round round, Epoch epoch, const ArmingPlace& place);

/// A round in this epoch, whose gate is in this server and database, lists this address, too; conflict where it is another one by now.
[[nodiscard]] Result<RoundRow> list_address_row(const std::optional<RoundRow>& highest, Round round, Epoch epoch, const ArmingPlace& place);

/// conflict unless the round is in the epoch of these claims: a later arming decides what is void.
[[nodiscard]] Status unless_armed_again(const std::optional<RoundRow>& row, Round round, std::span<const VoidClaim> claims);

/// usage: the gate at `address` is not the one that counts. Names the addresses that are listed.
[[nodiscard]] Fault not_the_gate(const RoundRow& row, const std::string& address);

/// What a new round is compared with.
struct RoundInsertion {
    std::optional<Round> previous;          ///< the round it replaces
    bool gives_up_claims = false;           ///< forced, and there was something to give up
    std::optional<std::string> other_event; ///< an event other than the row's that the topic is bound to
    std::optional<Round> opened_once{};     ///< the round that was opened with the row's --once key
};

enum class InsertVerdict {
    insert,
    done_before, ///< the very same row is there already, by the same owner: the answer of an earlier call was lost
};

/// A new round is opening, follows the highest, which is `previous`, over, and of the same owner, its topic is free or the event's own, and
/// no round was opened with its --once key.
/// usage when the row is none that may ever be inserted.
[[nodiscard]] Result<InsertVerdict> may_insert_round(const std::optional<RoundRow>& highest, const RoundRow& fresh,
                                                     const RoundInsertion& insertion);

} // namespace coupon
