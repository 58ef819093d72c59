#include "ledger/mysql/mysql_issue.hpp"

#include "core/refused_rows.hpp"
#include "core/unknown_event.hpp"
#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_positions.hpp"
#include "ledger/mysql/mysql_rounds.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

constexpr int settle_tries = 3;

using Outcomes = std::vector<RecordOutcome>;

/// Whether the insert that just failed did so for its row. REQUIRES: it failed. A warning has no number.
bool refused_its_row(const MysqlConnection& connection) {
    return !connection.is_lost() && (connection.last_error() == 0 || refuses_row(connection.last_error()));
}

Status unless_all_refused(const MysqlConnection& connection, const Outcomes& outcomes, std::size_t before) {
    if (!refuses_all(outcomes, before)) return Done{};
    return Fault{
        FaultKind::corrupt,
        "mysql at " + connection.address() + " refused the row of each of the last " +
            std::to_string(refused_since_issued(outcomes, before)) + " records (" + connection.last_words() + "), nothing was written",
        "its tables have a trigger, a key or a check that lib/ledger/schema.sql does not: SHOW TRIGGERS; SHOW CREATE TABLE coupon"};
}

/// missing when the ledger has no round of the event: it is not the ledger of these winners, and none of them may become a failed event.
Status unless_no_round(MysqlConnection& connection, const LedgerScope& scope, const KnownRows& known) {
    if (!known.rounds.empty()) return Done{};
    const auto is_known = is_known_event(connection, scope.event);
    if (!is_known) return is_known.fault();
    if (*is_known) return Done{};
    const auto events = read_events(connection);
    return events ? no_round_of(scope.event, *events) : events.fault();
}

/// refused when the event's highest round reached an epoch that its row does not tell. An older round is never armed again: a record of it
/// that is ahead of its row is a failed event.
Status unless_behind(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read, const KnownRows& known,
                     EpochWatch* watch) {
    for (const auto& [round, reached] : epochs_reached(read, scope.event, known)) {
        const auto& row = known.rounds.at(round);
        const auto met = watch == nullptr ? reached : std::max(reached, watch->highest(round));
        if (met <= row.epoch) {
            if (watch != nullptr) watch->meet(round, row.epoch);
            continue;
        }
        const auto rounds = read_rounds(connection, scope.event);
        if (!rounds) return rounds.fault();
        if (rounds->back().round != round) continue;
        if (watch != nullptr) watch->meet(round, met);
        return ledger_lost_an_arming(row, met);
    }
    return Done{};
}

/// Settles everything in memory, in the order of the batch, and writes what is to be issued with few statements.
Result<Outcomes> issue_at_once(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read,
                               KnownRows& known) {
    Outcomes outcomes;
    std::vector<FreshCoupon> fresh;
    for (const auto& record : read) {
        const auto settlement = judge(record, scope.event, known);
        if (settlement.becomes == RecordClass::issued) {
            const auto& grant = record.record->grant;
            fresh.push_back({grant, known.rounds.at(grant.round).limit, known.now});
        }
        outcomes.push_back(settlement);
    }
    if (auto written = insert_coupons(connection, scope.event, std::move(fresh)); !written) {
        if (refused_its_row(connection)) return Fault{FaultKind::conflict, "the database refuses a row of the batch", {}};
        return written.fault();
    }
    return outcomes;
}

/// Adds the rows of the batch's users and slots to what is known.
Status look_up(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read, KnownRows& known) {
    std::vector<Grant> admitted;
    for (const auto& record : read) {
        if (!unless_admitted(record, scope.event, known)) admitted.push_back(record.record->grant);
    }
    return read_rows_of(connection, scope.event, admitted, known);
}

/// In the order of the batch, as settling in memory goes: when a record loses to another worker's row, one behind it may win.
Result<Outcomes> issue_one_by_one(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read,
                                  const KnownRows& known) {
    Outcomes outcomes;
    for (const auto& record : read) {
        auto settlement = unless_admitted(record, scope.event, known);
        if (!settlement) {
            const auto& grant = record.record->grant;
            auto issued = issue_one(connection, scope.event, {grant, known.rounds.at(grant.round).limit, known.now});
            if (!issued) return issued.fault();
            settlement = *issued;
        }
        outcomes.push_back(*settlement);
    }
    return outcomes;
}

bool lost_to_another(const RecordOutcome& outcome) {
    return outcome.becomes == RecordClass::failed && outcome.kind == FailedKind::conflict;
}

/// Writes what failed. Where a record had to be cut, its outcome is that of its row.
Status keep_failed(MysqlConnection& connection, const LedgerScope& scope, std::span<const SourceRecord> batch,
                   const std::vector<ReadRecord>& read, Outcomes& outcomes) {
    std::vector<FailedRecord> failed;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (outcomes[i].becomes != RecordClass::failed) continue;
        failed.push_back(failed_record_of(scope.topic, read[i], batch[i], outcomes[i]));
        places.push_back(i);
    }
    if (auto kept = insert_failed_events(connection, failed); !kept) return kept;
    for (std::size_t i = 0; i < failed.size(); ++i)
        outcomes[places[i]] = {RecordClass::failed, failed[i].event.kind, failed[i].event.reason};
    return Done{};
}

} // namespace

Status share_rounds(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read, KnownRows& known) {
    // Ascending, as everybody locks rounds. The shared lock is what makes the state read here true until COMMIT: abandoning, purging and
    // fencing take the row for themselves.
    for (const auto round : rounds_in(read, scope.event)) {
        auto row = share_round(connection, scope.event, round);
        if (!row) return row.fault();
        if (!*row) continue;
        known.rounds.emplace(round, (*row)->row);
        known.now = (*row)->now;
        auto fences = read_fences(connection, scope.event, round);
        if (!fences) return fences.fault();
        known.fences.emplace(round, std::move(*fences));
    }
    return Done{};
}

Result<Settlement> settle_by_rows(MysqlConnection& connection, const std::string& event, const Grant& grant) {
    KnownRows known;
    if (auto rows = read_rows_of(connection, event, std::array{grant}, known); !rows) return rows.fault();
    const auto user_row = known.slot_of.find(std::pair(grant.round, grant.user));
    const auto slot_row = known.user_of.find(std::pair(grant.round, grant.slot));
    return settle(grant, user_row == known.slot_of.end() ? std::nullopt : std::optional(user_row->second),
                  slot_row == known.user_of.end() ? std::nullopt : std::optional(slot_row->second));
}

Result<Settlement> issue_one(MysqlConnection& connection, const std::string& event, const FreshCoupon& coupon) {
    // An error undoes its statement only and the transaction goes on; after a warning the row is there.
    if (auto marked = connection.run("SAVEPOINT before_row"); !marked) return marked.fault();
    std::string words;
    for (int i = 0; i < settle_tries; ++i) {
        auto inserted = insert_coupons(connection, event, {coupon});
        if (inserted) return Settlement{RecordClass::issued, {}, {}};
        words = connection.last_words();
        if (refused_its_row(connection)) break;
        if (!is_taken(connection.last_error())) return inserted.fault();
        const auto settlement = settle_by_rows(connection, event, coupon.grant);
        if (!settlement || settlement->becomes != RecordClass::issued) return settlement;
    }
    // Or neither its user nor its slot has a row, and still a unique key is taken: it is not one of the ledger's.
    if (auto undone = connection.run("ROLLBACK TO SAVEPOINT before_row"); !undone) return undone.fault();
    return refused_row(words);
}

Result<Outcomes> issue_batch(MysqlConnection& connection, const LedgerScope& scope, std::span<const SourceRecord> batch,
                             const std::vector<ReadRecord>& read, const IssueTerms& terms) {
    const auto writing = terms.writing;
    KnownRows known;
    if (auto shared = share_rounds(connection, scope, read, known); !shared) return shared.fault();
    if (auto ours = unless_no_round(connection, scope, known); !ours) return ours.fault();
    if (auto current = unless_behind(connection, scope, read, known, terms.watch); !current) return current.fault();

    if (writing == Writing::at_once) {
        if (auto looked = look_up(connection, scope, read, known); !looked) return looked.fault();
    }
    auto outcomes =
        writing == Writing::one_by_one ? issue_one_by_one(connection, scope, read, known) : issue_at_once(connection, scope, read, known);
    if (!outcomes) return outcomes;
    // Of two records of a batch that exclude each other, a row that was not looked for may say why better.
    if (writing == Writing::unseen && std::any_of(outcomes->begin(), outcomes->end(), lost_to_another))
        return Fault{FaultKind::conflict, "records of the batch contradict each other", {}};
    if (auto some = unless_all_refused(connection, *outcomes, terms.refused_before); !some) return some.fault();
    if (auto kept = keep_failed(connection, scope, batch, read, *outcomes); !kept) return kept.fault();
    if (!terms.moves_positions) return outcomes;
    if (auto moved = move_positions(connection, scope.event, scope.topic, parts_of(batch)); !moved) return moved.fault();
    return outcomes;
}

} // namespace coupon
