#pragma once

#include "core/issue_record.hpp"
#include "core/ledger_rule.hpp"
#include "core/result.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What becomes of a whole batch, pure: the worker's transaction and the fake ledger call it, ledger_rule.hpp judges each record.
namespace coupon {

/// One record of a batch as it reads.
struct ReadRecord {
    SourcePosition at;
    std::optional<IssueRecord> record;         ///< absent: undecodable
    std::optional<UserId> user;                ///< where the record says
    std::string problem;                       ///< why it is undecodable, empty otherwise
    FailedKind kind = FailedKind::undecodable; ///< of the problem
};

/// What the ledger knows about the rounds, users and slots of a batch.
struct KnownRows {
    std::map<Round, RoundRow> rounds;
    std::map<Round, std::vector<Fence>> fences;
    Instant now{}; ///< by the ledger's clock, when the rounds were read
    std::map<std::pair<Round, UserId>, Slot> slot_of;
    std::map<std::pair<Round, Slot>, UserId> user_of;

    void add(Round round, Slot slot, UserId user);
};

[[nodiscard]] ReadRecord read_record(const SourceRecord& source);
/// The same for a record that was decoded before.
[[nodiscard]] ReadRecord read_record(const SourcePosition& at, const DecodedRecord& decoded);
[[nodiscard]] std::vector<ReadRecord> read_batch(std::span<const SourceRecord> batch);

/// The rounds of `event` that the batch names, known or not.
[[nodiscard]] std::set<Round> rounds_in(const std::vector<ReadRecord>& batch, const std::string& event);

/// admit() for a record as it reads: undecodable and foreign records are failed.
[[nodiscard]] Admitted admit_read(const ReadRecord& read, const std::string& event, const KnownRows& known);

/// The record's class, before any coupon table is asked; nullopt: admitted, settle() decides.
[[nodiscard]] std::optional<Settlement> unless_admitted(const ReadRecord& read, const std::string& event, const KnownRows& known);

/// The class of a record, given all that is known. One that is issued becomes known itself, so that the next record meets it.
[[nodiscard]] Settlement judge(const ReadRecord& read, const std::string& event, KnownRows& known);

/// conflict when one of these rounds is not in the epoch it was seen in.
[[nodiscard]] Status unless_fenced(const std::map<Round, Epoch>& seen, const KnownRows& known);

/// The highest epoch of each known round that its row tells, or a record of the batch that the round's key signed. A round without a key
/// believes no record.
[[nodiscard]] std::map<Round, Epoch> epochs_reached(const std::vector<ReadRecord>& batch, const std::string& event, const KnownRows& known);

/// refused: the event's highest round was in epoch `met` before, which its row does not tell. Nothing may be issued into it until its gate
/// is armed above both: a fence is lost, and claims that were granted since may be.
[[nodiscard]] Fault ledger_lost_an_arming(const RoundRow& row, Epoch met);

/// Whether a record with this class has its coupon.
[[nodiscard]] bool is_issued(const Settlement& settlement);

/// Why a retried record has no coupon, a sentence. REQUIRES: it has none.
[[nodiscard]] std::string why_not_issued(const Settlement& settlement);

/// Notes one more try of a failed event: it is resolved, or failed for the kind and reason of this try.
void note_try(FailedEvent& failed, const Settlement& settlement);

/// The record as `failed_event` keeps it. REQUIRES: it failed.
[[nodiscard]] FailedRecord failed_record_of(const std::string& topic, const ReadRecord& read, const SourceRecord& source,
                                            const Settlement& settlement);

} // namespace coupon
