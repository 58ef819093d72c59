#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <vector>

/// The way of a reset (lib/README.md, "Reset"), as pure steps: every answer leads to what is to be done next. The flow and the model
/// explorer walk it. The ledger first, then the gate.
namespace coupon {

/// What is to be done next.
enum class ResetStage {
    read,        ///< gate and ledger
    close_round, ///< in the ledger, the old round
    close_gate,
    settle,         ///< wait until the old round is quiescent and every claim has its row
    abandon_round,  ///< forced: in the ledger
    give_up_gate,   ///< forced
    list_claims,    ///< forced: what is given up, and the topic's ends
    read_topic,     ///< the highest round its records name
    insert_round,   ///< the new round, opening
    purge,          ///< the topic, up to the stored offsets; may fail
    create_gate,    ///< the new round's, closed and not armed
    finish_opening, ///< verify, then opening becomes open in the ledger
    open_gate,      ///< open and arm
    done,
    refused, ///< fault() says why; the gate is as it was, or closed
};

[[nodiscard]] const char* name_of(ResetStage stage);

/// May what is still on its way be given up?
enum class Force { no, yes };

/// The command that helps a round which is not settled.
enum class SettledBy {
    worker,   ///< claims and records are on their way
    recovery, ///< a claim has neither record nor row
    rebuild,  ///< the gate contradicts itself
};

/// What stage read has found.
struct ResetReading {
    std::optional<GateMark> gate;    ///< absent: no gate
    std::optional<RoundRow> highest; ///< the ledger's highest round of the event
};

/// Where one reset stands.
class Resetting {
public:
    Resetting(std::string token, Force force) : token_(std::move(token)), force_(force) {}

    [[nodiscard]] ResetStage stage() const { return stage_; }
    [[nodiscard]] const std::string& token() const { return token_; }
    /// The round that ends; 0 when there was none.
    [[nodiscard]] Round old_round() const { return old_round_; }
    /// The round that begins, known after read_topic, or that an interrupted reset began.
    [[nodiscard]] Round new_round() const { return new_round_; }
    /// True when an interrupted reset is being finished.
    [[nodiscard]] bool is_resuming() const { return resuming_; }
    /// The ledger's highest round.
    [[nodiscard]] const std::optional<RoundRow>& highest_row() const { return reading_.highest; }
    /// The gate as it was read, for the comparison of close_gate. Absent: there was none.
    [[nodiscard]] const std::optional<GateMark>& seen() const { return reading_.gate; }
    /// The old gate as close_gate left it.
    [[nodiscard]] GateMark closed_mark() const { return {reading_.gate ? reading_.gate->round : old_round_, token_}; }
    /// The new gate as create_gate leaves it.
    [[nodiscard]] GateMark created_mark() const { return {new_round_, token_}; }
    [[nodiscard]] const ServerIdentity& created_with() const { return created_with_; }
    /// REQUIRES: stage() is refused.
    [[nodiscard]] const Fault& fault() const { return *fault_; }

    void on_read(const Result<ResetReading>& reading);
    void on_round_closed(const Result<RoundRow>& row);
    /// `reasons`: why the old round is not settled, at the end of the wait; empty when it is. `by`: what helps then.
    void on_settled(const Result<std::vector<std::string>>& reasons, SettledBy by = SettledBy::worker);
    /// `highest` round on the topic; 0: no record of the event. The new round is above all that gate, ledger and topic know.
    void on_topic_read(const Result<Round>& highest);
    void on_created(const Result<ServerIdentity>& server);
    /// The answer of every other stage.
    void on(const Status& status);

private:
    void refuse(const Fault& fault);

    std::string token_;
    Force force_;
    ResetStage stage_ = ResetStage::read;
    ResetReading reading_;
    Round old_round_;
    Round new_round_;
    bool resuming_ = false;
    ServerIdentity created_with_;
    std::optional<Fault> fault_;
};

} // namespace coupon
