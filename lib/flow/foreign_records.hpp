#pragma once

#include "core/foreign_records.hpp"
#include "flow/world.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/topic_log.hpp"

namespace coupon {

/// What is read of the topic: its ends as they were before `rounds` were read, so that the round of each record is among them.
struct ForeignRecordScope {
    std::string event;
    const std::vector<PartitionLag>& partitions;
    const std::vector<RoundRow>& rounds;
};

/// Reads the whole topic. Faults: those of the two servers.
[[nodiscard]] Result<ForeignRecords> find_foreign_records(const ForeignRecordScope& scope, TopicLog& topic, LedgerReader& ledger,
                                                          World& world, Milliseconds timeout);

} // namespace coupon
