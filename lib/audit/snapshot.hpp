#pragma once

#include "audit/topic_records.hpp"
#include "core/ledger_snapshot.hpp"
#include "core/quiescence.hpp"
#include "history/history.hpp"

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

} // namespace coupon
