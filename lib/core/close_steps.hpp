#pragma once

#include "core/gate_standing.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>

/// The way of the kill switch (lib/README.md, "Closing"), as pure steps: every answer leads to what is to be done next. The flow and the
/// model explorer walk it. The gate first, for it alone decides who is granted a coupon; then the ledger, from which a lost gate is made
/// again; then the gate once more, for it may have been made again before the ledger knew.
namespace coupon {

/// What is to be done next.
enum class CloseStage {
    shut_gate,   ///< whatever is there
    read_round,  ///< the ledger's highest
    close_round, ///< in the ledger
    shut_again,  ///< takes the mark away, or shuts a gate that somebody else changed
    done,        ///< end() says what came of it
};

/// What a kill switch came to.
enum class CloseEnd {
    closed,         ///< the gate was closed or missing at the last look, and the ledger knows
    not_told,       ///< the gate is closed, the ledger does not know
    in_doubt,       ///< a reply of the gate was lost: it may still be open
    still_open,     ///< the gate was not reached, or refused; or the gate that counts is elsewhere
    nothing_closed, ///< there is no gate, and the ledger could not be told
};

/// As it stands in JSON.
[[nodiscard]] const char* name_of(CloseEnd end);

/// Where one kill switch stands.
class Closing {
public:
    explicit Closing(std::string event) : event_(std::move(event)) {}

    [[nodiscard]] CloseStage stage() const { return stage_; }
    /// The token this kill switch left at the gate; nullopt before shut_gate.
    [[nodiscard]] const std::optional<std::string>& mine() const { return mine_; }
    /// The round to be closed in the ledger. REQUIRES: stage() is close_round.
    [[nodiscard]] Round round() const { return *round_; }
    /// REQUIRES: stage() is done.
    [[nodiscard]] CloseEnd end() const { return end_; }
    /// What stood in the way; nullopt where everything is closed. REQUIRES: stage() is done.
    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

    /// Of shut_gate and shut_again; `token` is the new one the call was made with.
    void on_shut(const Result<Shut>& left, const std::string& token);
    /// `highest`: nullopt where the ledger has no round of the event. `gate`: the one that was closed, compared with the gate that the
    /// ledger names; nullopt: nothing is compared.
    void on_round_read(const Result<std::optional<RoundRow>>& highest, const std::optional<GateSight>& gate = {});
    void on_round_closed(const Result<RoundRow>& row);

private:
    void end_with(CloseEnd end, Fault fault);
    void end_without_ledger(const Fault& why);
    void tell_ledger();
    /// What there is to say where this is not the gate of the ledger's round. True where that ends it.
    bool ends_at_another_gate(const GateSight& gate, const RoundRow& row);

    std::string event_;
    CloseStage stage_ = CloseStage::shut_gate;
    std::optional<std::string> mine_;
    bool has_gate_ = false;
    int times_told_ = 0;
    std::optional<Round> round_;
    std::optional<Fault> elsewhere_; ///< the gate that counts was not closed
    CloseEnd end_ = CloseEnd::in_doubt;
    std::optional<Fault> fault_;
};

} // namespace coupon
