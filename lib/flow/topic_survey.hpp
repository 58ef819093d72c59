#pragma once

#include "core/foreign_records.hpp"
#include "flow/world.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/topic_log.hpp"

#include <map>

namespace coupon {

/// What is read of the topic: its ends as they were before `rounds` were read, so that the round of each record is among them.
struct ForeignRecordScope {
    std::string event;
    const std::vector<PartitionLag>& partitions;
    const std::vector<RoundRow>& rounds;
    SettledTopic settled; ///< what need not be read: a worker has, and each of its records is signed here or a failed event
    std::int64_t worth_recognising = 1000; ///< fewer records are read as quickly as their log is recognised
};

/// What one reading of a topic told.
struct TopicSurvey {
    ForeignRecords foreign;
    Round highest_round{0};                    ///< any record of the event names, 0 for none; records that were not read count
                                               ///< where no round of theirs has a row
    std::map<std::int32_t, std::int64_t> ends; ///< up to which it was read, by partition
};

/// The records of a topic, read.
struct SurveyedRecords {
    TopicSurvey survey; ///< but for the foreign ones
    ForeignRecordSearch search;
};

/// What the ledger's workers have settled of the topic; nothing where there are no tables. Faults: those of the ledger.
[[nodiscard]] Result<SettledTopic> settled_by_workers(LedgerReader& ledger, Deadline deadline);

/// Reads the topic, but for what the workers have settled where its log is still the one that they read. Faults: those of its server.
[[nodiscard]] Result<SurveyedRecords> read_surveyed(const ForeignRecordScope& scope, TopicLog& topic, World& world, Milliseconds timeout);

/// Tells foreign records from those that the ledger keeps as failed events. Faults: those of the ledger.
[[nodiscard]] Result<TopicSurvey> without_failed(SurveyedRecords records, LedgerReader& ledger, Deadline deadline);

/// Both. Faults: those of the two servers.
[[nodiscard]] Result<TopicSurvey> survey_topic(const ForeignRecordScope& scope, TopicLog& topic, LedgerReader& ledger, World& world,
                                               Milliseconds timeout);

} // namespace coupon
