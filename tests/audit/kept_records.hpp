#pragma once

#include "audit/topic_records.hpp"
#include "history/history_entries.hpp"

#include <utility>

namespace coupon {

/// Keeps the records for which `change` (TopicRecord&) says true, as it leaves them.
template <class Change>
void keep_records(TopicRecords& records, const Change& change) {
    TopicRecords kept;
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto record = records[i];
        if (change(record)) kept.add(record);
    }
    records = std::move(kept);
}

/// The same of applications.
template <class Change>
void keep_entries(HistoryEntries& entries, const Change& change) {
    HistoryEntries kept;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto entry = entries[i];
        if (change(entry)) kept.push_back(entry);
    }
    entries = std::move(kept);
}

} // namespace coupon
