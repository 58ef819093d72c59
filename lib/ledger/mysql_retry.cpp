#include "ledger/mysql_failed_events.hpp"
#include "ledger/mysql_issue.hpp"

namespace coupon {

namespace {

enum class Gate { was_compared, was_not_asked };

Result<Settlement> judge_again(MysqlConnection& connection, const LedgerScope& scope, const ReadRecord& read, const KnownRows& known,
                               Gate gate) {
    if (auto settlement = unless_admitted(read, scope.event, known)) return *settlement;
    const auto& grant = read.record->grant;
    const auto& round = known.rounds.at(grant.round);
    const auto why = gate == Gate::was_compared ? std::string() : not_without_the_gate(grant, round);
    if (why.empty()) return issue_one(connection, scope.event, grant, round.limit);
    auto settlement = settle_by_rows(connection, scope.event, grant);
    if (settlement && settlement->becomes == RecordClass::issued) return Settlement{RecordClass::failed, FailedKind::conflict, why};
    return settlement;
}

} // namespace

Result<RetryOutcome> retry_failed_events(MysqlConnection& connection, const LedgerScope& scope, std::vector<FailedEvent> events,
                                         const std::map<Round, Epoch>& epochs) {
    std::vector<ReadRecord> read;
    for (const auto& failed : events)
        read.push_back(read_record({failed.at, failed.raw}));
    // Rounds first, then failed events: the order in which issuing takes them.
    KnownRows known;
    if (auto shared = share_rounds(connection, scope, read, known); !shared) return shared.fault();
    if (auto same = unless_fenced(epochs, known); !same) return same.fault();

    const auto gate = epochs.empty() ? Gate::was_not_asked : Gate::was_compared;
    RetryOutcome outcome;
    for (std::size_t i = 0; i < read.size(); ++i) {
        auto& failed = events[i];
        auto unresolved = lock_unresolved(connection, failed);
        if (!unresolved) return unresolved.fault();
        if (!*unresolved) continue;
        auto settlement = judge_again(connection, scope, read[i], known, gate);
        if (!settlement) return settlement.fault();
        note_try(failed, *settlement);
        auto written = failed.resolved ? resolve_failed_event(connection, failed) : keep_failed_event(connection, failed);
        if (!written) return written.fault();
        (failed.resolved ? outcome.resolved : outcome.still_failed).push_back(std::move(failed));
    }
    return outcome;
}

} // namespace coupon
