#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_issue.hpp"

namespace coupon {

namespace {

enum class Gate { was_compared, was_not_asked };

Result<Settlement> judge_again(MysqlConnection& connection, const LedgerScope& scope, const ReadRecord& read, const KnownRows& known,
                               Gate gate) {
    if (auto settlement = unless_admitted(read, scope.event, known)) return *settlement;
    const auto& grant = read.record->grant;
    const auto& round = known.rounds.at(grant.round);
    const auto why = gate == Gate::was_compared ? std::string() : not_without_the_gate(grant, round);
    if (why.empty()) return issue_one(connection, scope.event, {grant, round.limit, known.now});
    auto settlement = settle_by_rows(connection, scope.event, grant);
    if (settlement && settlement->becomes == RecordClass::issued) return Settlement{RecordClass::failed, FailedKind::conflict, why};
    return settlement;
}

} // namespace

Result<RetryOutcome> retry_records(MysqlConnection& connection, const LedgerScope& scope, std::vector<FailedRecord> records,
                                   const std::map<Round, Epoch>& epochs) {
    std::vector<ReadRecord> read;
    std::vector<RecordIdentity> identities;
    for (const auto& failed : records) {
        read.push_back(read_record({failed.event.at, failed.raw}));
        identities.push_back(failed.event.identity());
    }
    // Rounds first, then failed events: the order in which issuing takes them.
    KnownRows known;
    if (auto shared = share_rounds(connection, scope, read, known); !shared) return shared.fault();
    if (auto same = unless_fenced(epochs, known); !same) return same.fault();
    const auto open = lock_open(connection, scope.topic, identities);
    if (!open) return open.fault();

    const auto gate = epochs.empty() ? Gate::was_not_asked : Gate::was_compared;
    std::vector<FailedEvent> tried;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (!open->contains(identities[i])) continue; // tried or dismissed in between
        auto settlement = judge_again(connection, scope, read[i], known, gate);
        if (!settlement) return settlement.fault();
        tried.push_back(std::move(records[i].event));
        note_try(tried.back(), *settlement);
    }
    if (auto written = write_tries(connection, scope.topic, tried); !written) return written.fault();
    RetryOutcome outcome;
    for (auto& event : tried) {
        auto& list = event.resolved ? outcome.resolved : outcome.still_failed;
        list.push_back(std::move(event));
    }
    return outcome;
}

} // namespace coupon
