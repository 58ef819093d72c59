#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What holds a reset back before it has changed anything (lib/README.md, "Reset"), pure.
namespace coupon {

/// A round in which the next applicant may be granted a coupon.
struct RunningRound {
    Round round;
    std::int64_t granted = 0; ///< claims, or rows where there are more of them
    Limit limit;

    /// "2 of 3,000 granted"
    [[nodiscard]] std::string counts() const;
    /// "This ends round 10 (2 of 3,000 granted)."
    [[nodiscard]] std::string text() const;
};

/// The running rounds that a reset may end.
struct MayEnd {
    bool any = false;               ///< --end-running
    std::optional<Round> confirmed; ///< the one round whose end an operator confirmed
};

/// The round that was opened with this --once key, or nullptr: a reset with the key opens none then. One that an interrupted reset left
/// opening is not meant, for it is yet to be finished.
[[nodiscard]] const RoundRow* opened_once(const std::vector<RoundRow>& rounds, const std::string& once_key);

/// The event before a reset changes anything.
struct ResetScene {
    std::vector<RoundRow> rounds;   ///< of the ledger, ascending
    std::optional<GateFields> gate; ///< absent: there is no gate
    std::int64_t rows = 0;          ///< coupons of the ledger's highest round; not counted where it is open and its gate sold out
    Instant now;                    ///< by the gate's clock
    std::string address{};          ///< at which the gate was looked for, as the ledger lists it
    ServerIdentity server{};        ///< of the gate, where there is one

    [[nodiscard]] std::optional<RoundRow> highest() const { return rounds.empty() ? std::nullopt : std::optional(rounds.back()); }
};

/// The highest round, where it is open, within its window and not sold out. It is open when the ledger says open and its gate, if there is
/// one, is not closed: a gate that was lost is made again open.
[[nodiscard]] std::optional<RunningRound> running_round(const ResetScene& scene);

/// Nothing was changed yet where it faults. None of these is for --force to end, but the last one.
///   usage    the gate of the last round is elsewhere, and its claims cannot be seen from here: the round is open, or not every slot has
///            its coupon; or the gate carries the seal of another ledger
///   refused  the gate holds a round that the ledger does not know; or the reset would end a running round that it may not end
[[nodiscard]] Status may_begin(const ResetScene& scene, const MayEnd& allowed);

} // namespace coupon
