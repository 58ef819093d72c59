#pragma once

#include "audit/recovery_plan.hpp"
#include "core/batch_rule.hpp"

#include <algorithm>
#include <set>

namespace coupon {

/// What the three stores make of a plan, and of a worker that reads on, done to what was read of them.
class Recovering {
public:
    Recovering(AuditInput& input, FailedClaims& failed) : input_(input), failed_(failed) {
        for (const auto& row : input.ledger->rounds)
            known_.rounds[row.round] = row;
        known_.fences = input.ledger->fences;
        for (const auto& coupon : input.ledger->coupons)
            known_.add(*input.round, coupon.slot, coupon.user);
        for (const auto& [round, coupons] : input.ledger->other_coupons) {
            for (const auto& coupon : coupons)
                known_.add(round, coupon.slot, coupon.user);
        }
    }

    void carry_out(const RecoveryPlan& plan) {
        for (const auto& at : plan.skipped)
            give(at);
        for (const auto& record : plan.issuable)
            retry(record);
        for (const auto& grant : plan.pending) {
            publish(grant);
            confirm(grant.user);
        }
        for (const auto& grant : plan.lost)
            publish(grant);
    }

    /// A worker reads all that is left to be read.
    void work() {
        for (auto& lag : input_.topic_log->partitions) {
            for (auto offset = lag.committed.value_or(lag.low); offset < lag.high; ++offset)
                give({lag.partition, offset});
            lag.committed = lag.high;
        }
        input_.not_quiescent_because.clear();
    }

private:
    void give(const SourcePosition& at) {
        const auto& records = input_.topic_log->records;
        std::size_t place = 0;
        while (place < records.size() && records[place].at != at)
            ++place;
        if (place == records.size()) return; // a gap
        const auto read = read_record(records[place].at, records[place].decoded);
        const auto settlement = judge(read, input_.event, known_);
        if (settlement.becomes == RecordClass::issued) issue(read.record->grant);
        if (settlement.becomes == RecordClass::failed) {
            input_.ledger->failed.push_back(failed_record_of(input_.topic, read, {}, settlement).event);
            const auto identity = input_.ledger->failed.back().identity();
            input_.topic_log->kept_as_failed.insert(identity);
            if (read.record && read.record->event == input_.event) failed_.open.push_back({read, identity.mark});
        }
    }
    void retry(const RecordIdentity& record) {
        const auto read = std::find_if(failed_.open.begin(), failed_.open.end(), [&](const ReadFailedRecord& one) {
            return RecordIdentity{one.at, one.mark} == record;
        });
        const auto settlement = judge(*read, input_.event, known_);
        if (settlement.becomes == RecordClass::issued) issue(read->record->grant);
        if (!is_issued(settlement)) return;
        failed_.open.erase(read);
        for (auto& failed : input_.ledger->failed)
            failed.resolved = failed.resolved || failed.identity() == record;
    }
    void publish(const Grant& grant) {
        auto& partitions = input_.topic_log->partitions;
        auto& lag = partitions[static_cast<std::size_t>(grant.user.value()) % partitions.size()];
        const DecodedRecord record = IssueRecord{input_.event, grant};
        input_.topic_log->records.add({{lag.partition, lag.high++}, record});
    }
    void confirm(UserId user) {
        std::erase_if(input_.gate->outbox, [&](const PendingClaim& one) { return one.user == user; });
        --input_.gate->outbox_size;
        ++input_.gate->fields.published;
    }
    void issue(const Grant& grant) {
        const Coupon row{grant.slot, grant.user};
        auto& rows = grant.round == input_.round ? input_.ledger->coupons : input_.ledger->other_coupons[grant.round];
        rows.push_back(row);
    }
    AuditInput& input_;
    FailedClaims& failed_;
    KnownRows known_;
};

} // namespace coupon
