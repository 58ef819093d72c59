#pragma once

#include "ledger/epoch_watch.hpp"
#include "ledger/ledger_reader.hpp"

#include "core/issue_record.hpp"
#include "core/retry_outcome.hpp"
#include "core/round_change.hpp"
#include "core/void_claims.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace coupon {

/// What became of one record of a batch.
using RecordOutcome = Settlement;

/// What opening a new round writes, besides its row.
struct NewRound {
    RoundRow row;                       ///< state opening, owner the token of this reset
    std::optional<Round> previous;      ///< the round it replaces; it must still be the highest, closed or abandoned, and mine
    std::vector<PendingClaim> given_up; ///< forced: the claims that end here; those with a row are left out
    std::map<std::int32_t, std::int64_t> purge_offsets; ///< the topic's ends when the old round was quiescent or given up
};

/// The only place that writes coupons and rounds. Blocking, each call bounded by its deadline. One thread. Every call is one transaction:
/// all or nothing; create_schema and purge_before, which cannot be, are finished by the next call. Faults besides those of the reader:
///   unknown     the connection was lost while the transaction may have been committed: repeat the call, everything here may be repeated
///               (store_fence then says conflict: arm again)
///   refused     for now: deadlock, lock wait, too many connections, read-only, disk full; rolled back, repeat the call
///   conflict    a compared state, owner or epoch was not the expected one; nothing was written
///   corrupt     the tables are not the ones schema.sql makes; nothing was written
class Ledger : public LedgerReader {
public:
    /// Creates the tables that are missing; faults corrupt when an existing one is not as schema.sql makes it.
    [[nodiscard]] virtual Status create_schema(Deadline deadline) = 0;
    /// Faults missing or corrupt unless all tables are there with engine, keys and checks as schema.sql makes them.
    [[nodiscard]] virtual Status check_schema(Deadline deadline) = 0;

    /// From now on issue() tells `watch` the epochs that it meets, and compares rows with those that others have met.
    virtual void watch_epochs(std::shared_ptr<EpochWatch> watch) = 0;

    /// Judges and writes one batch of a worker, the next records of their partitions: coupons, failed events and the positions behind
    /// the records, under a shared lock on the rounds' rows. One outcome per record, in order.
    /// Records that come twice within the batch are issued once and already issued once. No record is a fault: what can never be issued,
    /// or not by this release, becomes a failed event. missing where the ledger has no round of the event at all. refused where the highest
    /// round is in a lower epoch than one that was met: the whole batch is held.
    [[nodiscard]] virtual Result<std::vector<RecordOutcome>> issue(std::span<const SourceRecord> batch, Deadline deadline) = 0;
    /// The same for records that were read outside the group: the positions stay.
    [[nodiscard]] virtual Result<std::vector<RecordOutcome>> issue_skipped(std::span<const SourceRecord> batch, Deadline deadline) = 0;

    /// Judges at most `most` of the open failed events again, by place and mark, behind `after` where it is given; what can be issued now
    /// is, and is marked resolved; the others get one more attempt. One of an epoch that is over stays, unless its row is there: nobody has
    /// looked at the gate.
    [[nodiscard]] virtual Result<RetryOutcome> retry_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                            Deadline deadline) = 0;
    /// The same for these records only, as long as each of their rounds is in the epoch given; otherwise conflict. Within an epoch
    /// the gate keeps the claims that the caller compared them with. REQUIRES: the records are ascending.
    [[nodiscard]] virtual Result<RetryOutcome> retry(std::span<const RecordIdentity> records, const std::map<Round, Epoch>& epochs,
                                                     Deadline deadline) = 0;
    /// Dismisses at most `most` of the open failed events that are selected; gives how many. They are never tried again.
    [[nodiscard]] virtual Result<std::int64_t> dismiss(const FailedSelection& which, const std::string& why, std::int64_t most,
                                                       Deadline deadline) = 0;

    /// Arming step 3: stores epoch, the end offset of every partition (usage if there is none) and where the gate is, only if the epoch is
    /// higher than the stored one, the round is the event's highest and open or closed, and the place is listed (usage) or may move.
    /// Returns the round's state.
    [[nodiscard]] virtual Result<RoundState> store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends,
                                                         const ArmingPlace& place, Deadline deadline) = 0;

    /// Fences of logs that are gone: in the partition of each, those up to its epoch end at 0 from now on (core/lost_log.hpp). May be
    /// repeated.
    [[nodiscard]] virtual Status begin_fences_at_zero(Round round, std::span<const Fence> lost, Deadline deadline) = 0;

    /// Adds the address at which the armed gate of this epoch was seen. conflict when it is in another epoch, server or database by now.
    [[nodiscard]] virtual Status list_address(Round round, Epoch epoch, const ArmingPlace& place, Deadline deadline) = 0;

    /// Arming: claims that do not count are kept before the gate drops them. conflict unless the round is in the epoch of these claims.
    /// Those that are there already stay.
    [[nodiscard]] virtual Status keep_void(Round round, std::span<const VoidClaim> claims, Deadline deadline) = 0;

    /// Keeps two resets, or a reset and a recovery, of an event apart until this Ledger goes; faults already_running. Losing it with the
    /// connection is harmless: the comparisons of state and owner stop a reset that lost it.
    [[nodiscard]] virtual Status lock_resets(Deadline deadline) = 0;

    /// Reset step 2 and the kill switch: the highest round becomes closed, owner `token`; one that is abandoned, purged or opening only
    /// changes its owner. Returns the row as it is then. conflict when `round` is not the highest.
    [[nodiscard]] virtual Result<RoundRow> close_round(Round round, const std::string& token, Deadline deadline) = 0;
    /// The same for a close that the gate knows of and the ledger does not: only while the round is owned by `owner`, otherwise conflict.
    [[nodiscard]] virtual Result<RoundRow> close_owned_round(Round round, const std::string& owner, const std::string& token,
                                                             Deadline deadline) = 0;
    /// --reopen: closed becomes open, owner `token`, only the highest round and while it is owned by `owner`, otherwise conflict. An open
    /// one only changes its owner. With `closes_at` its window ends then; without it, as before. Returns the row as it is then.
    [[nodiscard]] virtual Result<RoundRow> reopen_round(Round round, const std::string& owner, const std::string& token,
                                                        const std::optional<Instant>& closes_at, Deadline deadline) = 0;
    /// --force: closed becomes abandoned, only while owned by `token`. One that is abandoned already stays so.
    [[nodiscard]] virtual Status abandon_round(Round round, const std::string& token, Deadline deadline) = 0;
    /// Reset step 5. conflict unless the previous round is still closed or abandoned (or purged), mine and the highest, or when the topic
    /// is bound to another event. The very same row of the same owner already there is done.
    [[nodiscard]] virtual Status insert_round(const NewRound& fresh, Deadline deadline) = 0;
    /// Reset step 8: opening becomes open, its gate at `home`, only while owned by `token`. One that is open and mine already is done.
    [[nodiscard]] virtual Status finish_opening(Round round, const std::string& token, const GateHome& home, Deadline deadline) = 0;

    /// --purge-ledger: marks rounds before `keep_from` that are closed or abandoned as purged, then drops their coupons, some at a time.
    /// Returns how many coupons went. refused when the deadline came first: repeat it, what is gone is gone.
    [[nodiscard]] virtual Result<std::int64_t> purge_before(Round keep_from, Deadline deadline) = 0;
};

} // namespace coupon
