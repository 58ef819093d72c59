#pragma once

#include "audit/reconcile.hpp"
#include "flow/world.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/topic_log.hpp"

/// How the records of the topic are read to be judged against the ledger.
namespace coupon {

/// All records of the input's partitions, each compared with the key of its round, if the ledger was read. Faults: those of the topic,
/// interrupted. REQUIRES: input.topic_log has its partitions.
[[nodiscard]] Status read_records(AuditInput& input, TopicLog& topic, World& world, Milliseconds timeout);

/// The coupons of the other rounds that records and unresolved failed events name. REQUIRES: topic and ledger were read.
[[nodiscard]] Status read_other_coupons(AuditInput& input, LedgerReader& ledger, World& world, Milliseconds timeout);

} // namespace coupon
