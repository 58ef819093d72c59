#pragma once

#include "core/history.hpp"
#include "core/ledger_rule.hpp"
#include "core/quiescence.hpp"
#include "core/topic_records.hpp"
#include "core/void_claims.hpp"
#include "core/worker_positions.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Everything an audit has read, as data: reconcile.hpp judges it without asking anybody anything.
namespace coupon {

/// The gate as it was read, contradictions and all: the outbox, then the claims, then the fields.
struct GateSnapshot {
    GateFields fields;
    ServerIdentity server;        ///< of the process that answered
    Instant now;                  ///< the gate's clock
    std::int64_t claims_size = 0; ///< claims the hash says it holds, readable or not
    std::int64_t outbox_size = 0;
    std::vector<ClaimedSlot> claims;
    std::vector<PendingClaim> outbox;
    std::vector<std::string> defects; ///< fields or entries that could not be read, one sentence each, escaped
};

/// The topic from the low watermark to the end captured at the start.
struct TopicSnapshot {
    std::vector<PartitionLag> partitions;
    TopicRecords records;
    std::set<RecordIdentity> kept_as_failed; ///< those of them that the ledger, read before, holds as failed events
};

/// The ledger in one consistent read.
struct LedgerSnapshot {
    std::vector<RoundRow> rounds;                       ///< all rounds of the event, ascending
    std::map<Round, std::vector<Fence>> fences;         ///< of all rounds of the event
    std::vector<Coupon> coupons;                        ///< of the round audited, by slot
    std::map<Round, std::vector<Coupon>> other_coupons; ///< of other rounds that records of the topic or unresolved failed events name
    std::vector<FailedEvent> failed;                    ///< of the topic, all rounds
    std::vector<ClaimedSlot> abandoned;                 ///< claims of the round audited that a forced reset gave up
    std::vector<VoidClaim> void_claims;                 ///< of the round audited, by user and epoch
    std::map<std::int32_t, std::int64_t> purged_to;     ///< highest offset a reset meant to purge up to, by partition
    Positions positions;                                ///< of the workers on the topic
};

} // namespace coupon
