#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>

/// The way of --reopen (lib/README.md, "Closing"), as pure steps, as core/reset_steps.hpp has those of a reset. The ledger first, then the
/// gate: a gate that is lost in between is made again open, and one that was closed since is not opened, for each step compares what was
/// read before it.
namespace coupon {

/// What is to be done next.
enum class ReopenStage {
    read,         ///< the ledger's highest round, then the gate
    make_topic,   ///< that is gone; then read once more
    close_round,  ///< in the ledger, which was not told of a close
    mark_told,    ///< at the gate
    close_old,    ///< the gates at the addresses that the ledger lists, where the gate moves here
    arm,          ///< a gate that is missing, of an older round or not armed; then read once more
    reopen_round, ///< in the ledger
    open_gate,
    done,
    refused, ///< fault() says why
};

/// What stage read has found.
struct ReopenReading {
    RoundRow highest;
    std::optional<GateMark> gate;   ///< absent: there is no gate
    bool is_armed = false;          ///< in the round's epoch, in the server that the ledger names
    bool moves = false;             ///< the ledger's gate is at another address
    std::optional<Fault> refusal{}; ///< why the gate there can never be this round's
    bool untold = false;
    bool lacks_topic = false; ///< of the round
    Instant now;              ///< by the gate's clock
};

/// Where one --reopen stands.
class Reopening {
public:
    /// `closes_at`: when the window ends from then on; nullopt: as before.
    explicit Reopening(std::string token, std::optional<Instant> closes_at = {}) : token_(std::move(token)), closes_at_(closes_at) {}

    [[nodiscard]] ReopenStage stage() const { return stage_; }
    [[nodiscard]] const std::string& token() const { return token_; }
    [[nodiscard]] Round round() const { return row_.round; }
    /// What the ledger is told, as reopen_round() takes it.
    [[nodiscard]] const std::optional<Instant>& closes_at() const { return closes_at_; }
    /// The round as it was last read or written in the ledger.
    [[nodiscard]] const RoundRow& row() const { return row_; }
    /// The row's owner as it was last read or written, for the ledger's comparison.
    [[nodiscard]] const std::string& owner() const { return row_.owner; }
    /// The gate as it was last read or written, for the gate's comparison. REQUIRES: stage() is mark_told or open_gate.
    [[nodiscard]] const GateMark& seen() const { return *gate_; }
    /// REQUIRES: stage() is refused.
    [[nodiscard]] const Fault& fault() const { return *fault_; }

    void on_read(const Result<ReopenReading>& reading);
    /// Of close_round and reopen_round.
    void on_round(const Result<RoundRow>& row);
    /// Of make_topic, mark_told, close_old, arm and open_gate.
    void on(const Status& status);

private:
    void refuse(const Fault& fault);
    /// Why the window, as it would be, lets no user in; nullopt where it does.
    [[nodiscard]] std::optional<Fault> closed_by_window(Instant now) const;

    std::string token_;
    std::optional<Instant> closes_at_;
    ReopenStage stage_ = ReopenStage::read;
    RoundRow row_;
    std::optional<GateMark> gate_;
    bool has_made_topic_ = false;
    bool has_told_ = false;
    bool has_closed_old_ = false;
    bool has_armed_ = false;
    std::optional<Fault> fault_;
};

} // namespace coupon
