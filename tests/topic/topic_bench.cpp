#include "topic/topic_bench.hpp"

#include <algorithm>

namespace coupon {

namespace {

bool is_over(Deadline deadline) {
    return std::chrono::steady_clock::now() >= deadline;
}

} // namespace

std::vector<Delivery> reports_of(Publisher& publisher) {
    std::vector<Delivery> reports;
    for (const auto deadline = soon(); publisher.in_flight() > 0;) {
        if (is_over(deadline)) return {};
        publisher.poll(reports, Milliseconds(50));
    }
    return reports;
}

std::vector<SourceRecord> records_of(Subscriber& subscriber, std::size_t count) {
    std::vector<SourceRecord> records;
    for (const auto deadline = soon(); records.size() < count && !is_over(deadline);) {
        auto record = next<SourceRecord>(subscriber, deadline);
        if (!record) break;
        records.push_back(std::move(*record));
    }
    return records;
}

bool share(const std::vector<Subscriber*>& members, std::size_t partitions) {
    for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1); !is_over(deadline);) {
        std::size_t held = 0;
        for (const auto* member : members)
            held += member->assigned().size();
        const bool has_each = std::none_of(members.begin(), members.end(), [](const auto* member) { return member->assigned().empty(); });
        if (held == partitions && has_each) return true;
        for (auto* member : members)
            static_cast<void>(member->poll(Milliseconds(10)));
    }
    return false;
}

std::vector<SourceRecord> all_records(TopicLog& log) {
    const auto partitions = log.partitions(soon());
    if (!partitions) return {};
    std::vector<OffsetRange> ranges;
    for (const auto& one : *partitions)
        ranges.push_back({one.partition, one.low, one.high});
    std::vector<SourceRecord> records;
    const auto done = log.read(
        ranges, [&](const SourceRecord& record) { records.push_back(record); }, soon());
    return done ? records : std::vector<SourceRecord>{};
}

} // namespace coupon
