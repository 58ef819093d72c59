#include "ledger/mysql/mysql_ledger.hpp"

#include "core/refused_rows.hpp"
#include "core/round_change.hpp"
#include "ledger/mysql/mysql_coupons.hpp"
#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_reads.hpp"
#include "ledger/mysql/mysql_reset.hpp"
#include "ledger/mysql/mysql_rights.hpp"
#include "ledger/mysql/mysql_rounds.hpp"
#include "ledger/mysql/mysql_schema.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

class MysqlLedger final : public MysqlReads<Ledger> {
public:
    MysqlLedger(MysqlSession session, LedgerScope scope)
        : MysqlReads(std::move(session), std::move(scope)), lock_session_(session_.options()) {}

    Status create_schema(Deadline deadline) override;
    Status check_schema(Deadline deadline) override;
    void watch_epochs(std::shared_ptr<EpochWatch> watch) override { watch_ = std::move(watch); }
    Result<std::vector<RecordOutcome>> issue(std::span<const SourceRecord> batch, Deadline deadline) override {
        return issue(batch, true, deadline);
    }
    Result<std::vector<RecordOutcome>> issue_skipped(std::span<const SourceRecord> batch, Deadline deadline) override {
        return issue(batch, false, deadline);
    }
    Result<RetryOutcome> retry_failed(const std::optional<RecordIdentity>& after, std::int64_t most, Deadline deadline) override;
    Result<RetryOutcome> retry(std::span<const RecordIdentity> records, const std::map<Round, Epoch>& epochs, Deadline deadline) override;
    Result<std::int64_t> dismiss(const FailedSelection& which, const std::string& why, std::int64_t most, Deadline deadline) override;
    Result<RoundState> store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place,
                                   Deadline deadline) override;
    Status begin_fences_at_zero(Round round, std::span<const Fence> lost, Deadline deadline) override;
    Status list_address(Round round, Epoch epoch, const ArmingPlace& place, Deadline deadline) override;
    Status keep_void(Round round, std::span<const VoidClaim> claims, Deadline deadline) override;
    Status lock_resets(Deadline deadline) override;
    Result<RoundRow> close_round(Round round, const std::string& token, Deadline deadline) override;
    Result<RoundRow> close_owned_round(Round round, const std::string& owner, const std::string& token, Deadline deadline) override;
    Result<RoundRow> reopen_round(Round round, const std::string& owner, const std::string& token, const std::optional<Instant>& closes_at,
                                  Deadline deadline) override;
    Status abandon_round(Round round, const std::string& token, Deadline deadline) override;
    Status insert_round(const NewRound& fresh, Deadline deadline) override;
    Status finish_opening(Round round, const std::string& token, const GateHome& home, Deadline deadline) override;
    Result<std::int64_t> purge_before(Round keep_from, Deadline deadline) override;

private:
    Result<std::vector<RecordOutcome>> issue(std::span<const SourceRecord> batch, bool moves_positions, Deadline deadline);
    Result<RoundRow> change_highest(const RoundChange& change, Deadline deadline);
    Result<std::int64_t> drop_coupons(Round round, Deadline deadline);

    MysqlSession lock_session_; ///< holds the lock of resets and no row, so that it may be silent for long
    std::shared_ptr<EpochWatch> watch_;
    bool expects_new_ = true;        ///< the last batch met no row that was there before
    std::size_t refused_before_ = 0; ///< records whose rows the database refused since one was issued
};

Status MysqlLedger::create_schema(Deadline deadline) {
    auto checked = check_schema(deadline);
    if (checked || checked.fault().kind != FaultKind::missing) return checked;
    auto connection = session_.connection(deadline);
    if (!connection) return connection.fault();
    if (auto created = create_tables(**connection); !created) return created;
    return check_schema(deadline);
}

Status MysqlLedger::check_schema(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [](MysqlConnection& at) { return check_tables(at); });
}

Result<std::vector<RecordOutcome>> MysqlLedger::issue(std::span<const SourceRecord> batch, bool moves_positions, Deadline deadline) {
    const auto read = read_batch(batch);
    const auto write = [&](Writing writing) {
        auto issued = session_.transaction(Isolation::committed, deadline, [&](MysqlConnection& at) {
            return issue_batch(at, scope_, batch, read, {writing, watch_.get(), refused_before_, moves_positions});
        });
        if (issued) refused_before_ = refused_since_issued(*issued, refused_before_);
        return issued;
    };
    const auto is_conflict = [](const auto& answer) { return !answer && answer.fault().kind == FaultKind::conflict; };
    // Most records come once. Then a row that is there shows when it is written again, and need not be looked for before.
    if (expects_new_) {
        auto issued = write(Writing::unseen);
        if (!is_conflict(issued)) return issued;
    }
    auto issued = write(Writing::at_once);
    // Another worker, to whom the partition belonged before or after, wrote one of the rows since they were looked up; or the database
    // refuses one of them.
    if (is_conflict(issued)) issued = write(Writing::one_by_one);
    expects_new_ =
        issued && std::none_of(issued->begin(), issued->end(), [](const RecordOutcome& one) {
            return one.becomes == RecordClass::already_issued || (one.becomes == RecordClass::failed && one.kind == FailedKind::conflict);
        });
    return issued;
}

Result<RetryOutcome> MysqlLedger::retry_failed(const std::optional<RecordIdentity>& after, std::int64_t most, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline, [&](MysqlConnection& at) -> Result<RetryOutcome> {
        auto records = read_open(at, scope_.topic, after, most);
        if (!records) return records.fault();
        const auto last = records->empty() ? std::nullopt : std::optional(records->back().event.identity());
        auto outcome = retry_records(at, scope_, std::move(*records), {});
        if (outcome) outcome->last = last;
        return outcome;
    });
}

Result<RetryOutcome> MysqlLedger::retry(std::span<const RecordIdentity> records, const std::map<Round, Epoch>& epochs, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline, [&](MysqlConnection& at) -> Result<RetryOutcome> {
        auto open = read_open_of(at, scope_.topic, records);
        if (!open) return open.fault();
        return retry_records(at, scope_, std::move(*open), epochs);
    });
}

Result<std::int64_t> MysqlLedger::dismiss(const FailedSelection& which, const std::string& why, std::int64_t most, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline,
                                [&](MysqlConnection& at) { return dismiss_some(at, scope_.topic, which, why, most); });
}

Result<RoundState> MysqlLedger::store_fence(Round round, Epoch epoch, const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place,
                                            Deadline deadline) {
    // Without its partitions a fence would fence nothing.
    if (ends.empty()) return Fault{FaultKind::usage, "a fence needs the end offset of every partition, none was given", {}};
    return session_.transaction(Isolation::committed, deadline,
                                [&](MysqlConnection& at) { return write_fence(at, scope_.event, round, epoch, ends, place); });
}

Status MysqlLedger::begin_fences_at_zero(Round round, std::span<const Fence> lost, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline,
                                [&](MysqlConnection& at) { return write_fences_at_zero(at, scope_.event, round, lost); });
}

Status MysqlLedger::list_address(Round round, Epoch epoch, const ArmingPlace& place, Deadline deadline) {
    auto row = change_highest([&](const auto& highest) { return list_address_row(highest, round, epoch, place); }, deadline);
    return row ? Status(Done{}) : row.fault();
}

Status MysqlLedger::keep_void(Round round, std::span<const VoidClaim> claims, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline, [&](MysqlConnection& at) -> Status {
        const auto row = share_round(at, scope_.event, round);
        if (!row) return row.fault();
        const auto shared = *row ? std::optional((*row)->row) : std::nullopt;
        if (auto same = unless_armed_again(shared, round, claims); !same) return same;
        return insert_void(at, scope_.event, round, claims);
    });
}

Status MysqlLedger::lock_resets(Deadline deadline) {
    const auto name = reset_lock_name(session_.options().database, scope_.event);
    return lock_session_.transaction(Isolation::committed, deadline, [&](MysqlConnection& at) -> Status {
        if (auto set = at.run(statement("session_lock")); !set) return set;
        // The lock belongs to the connection and outlives the transaction; it comes back 0 when another has it, null on an error.
        std::optional<std::int64_t> got;
        auto asked = at.select(statement("lock_resets"), std::array{Value(name)}, [&](const Row& row) { got = row.maybe_integer(0); });
        if (!asked) return asked;
        if (got == 1) return Done{};
        if (got == 0) {
            return Fault{FaultKind::already_running,
                         "another coupon-reset or coupon-consume --recover of event " + scope_.event + " is at work",
                         "wait until it has ended"};
        }
        return Fault{FaultKind::refused, "mysql at " + session_.options().address() + " gave no answer about lock " + name,
                     "repeat it later"};
    });
}

Result<RoundRow> MysqlLedger::change_highest(const RoundChange& change, Deadline deadline) {
    return session_.transaction(Isolation::committed, deadline,
                                [&](MysqlConnection& at) { return change_highest_round(at, scope_.event, change); });
}

Result<RoundRow> MysqlLedger::close_round(Round round, const std::string& token, Deadline deadline) {
    return change_highest([&](const auto& highest) { return close_round_row(highest, round, token); }, deadline);
}

Result<RoundRow> MysqlLedger::close_owned_round(Round round, const std::string& owner, const std::string& token, Deadline deadline) {
    return change_highest([&](const auto& highest) { return close_owned_round_row(highest, round, owner, token); }, deadline);
}

Result<RoundRow> MysqlLedger::reopen_round(Round round, const std::string& owner, const std::string& token,
                                           const std::optional<Instant>& closes_at, Deadline deadline) {
    return change_highest([&](const auto& highest) { return reopen_round_row(highest, round, owner, token, closes_at); }, deadline);
}

Status MysqlLedger::abandon_round(Round round, const std::string& token, Deadline deadline) {
    auto row = change_highest([&](const auto& highest) { return abandon_round_row(highest, round, token); }, deadline);
    return row ? Status(Done{}) : row.fault();
}

Status MysqlLedger::insert_round(const NewRound& fresh, Deadline deadline) {
    if (fresh.row.event != scope_.event) {
        return Fault{FaultKind::usage, "a round of event " + fresh.row.event + " does not belong to event " + scope_.event, {}};
    }
    return session_.transaction(Isolation::with_the_gap, deadline, [&](MysqlConnection& at) { return write_new_round(at, fresh); });
}

Status MysqlLedger::finish_opening(Round round, const std::string& token, const GateHome& home, Deadline deadline) {
    auto row = change_highest([&](const auto& highest) { return finish_round_row(highest, round, token, home); }, deadline);
    return row ? Status(Done{}) : row.fault();
}

Result<std::int64_t> MysqlLedger::purge_before(Round keep_from, Deadline deadline) {
    auto all = rounds(deadline);
    if (!all) return all.fault();
    std::int64_t dropped = 0;
    for (const auto& row : *all) {
        if (row.round >= keep_from) break;
        // Marked first, so that no worker issues into it again while its coupons go.
        auto purged = session_.transaction(Isolation::committed, deadline,
                                           [&](MysqlConnection& at) { return mark_purged(at, scope_.event, row.round); });
        if (!purged) return purged.fault();
        if (!*purged) continue;
        auto gone = drop_coupons(row.round, deadline);
        if (!gone) return gone;
        dropped += *gone;
    }
    return dropped;
}

Result<std::int64_t> MysqlLedger::drop_coupons(Round round, Deadline deadline) {
    std::int64_t dropped = 0;
    for (;;) {
        auto some = session_.transaction(Isolation::committed, deadline,
                                         [&](MysqlConnection& at) { return drop_some_coupons(at, scope_.event, round); });
        if (!some) return some;
        if (*some == 0) return dropped;
        dropped += *some;
        if (Deadline::clock::now() >= deadline) {
            return Fault{FaultKind::refused,
                         "dropping the coupons of round " + round.text() + " takes longer; " + std::to_string(dropped) + " are gone", ""};
        }
    }
}

} // namespace

Result<std::unique_ptr<Ledger>> open_mysql_ledger(const MysqlOptions& options, const EventName& event, const std::string& topic,
                                                  std::span<const LedgerRight> rights) {
    MysqlSession session(options);
    auto connection = session.connection(Deadline::clock::now() + options.timeout);
    if (!connection) return connection.fault();
    if (auto allowed = check_rights(**connection, options, rights); !allowed) return allowed.fault();
    if (auto durable = check_durability(**connection, options.address()); !durable) return durable.fault();
    return std::unique_ptr<Ledger>(std::make_unique<MysqlLedger>(std::move(session), LedgerScope{event.text(), topic}));
}

} // namespace coupon
