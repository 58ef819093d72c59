#pragma once

#include "topic/publisher.hpp"
#include "topic/subscriber.hpp"
#include "topic/topic_admin.hpp"
#include "topic/topic_log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// What the contract tests of the topic's ports run on: one topic, in memory or on a real broker.
namespace coupon {

class TopicBench {
public:
    virtual ~TopicBench() = default;

    virtual std::unique_ptr<Publisher> publisher() = 0;
    virtual std::unique_ptr<Subscriber> subscriber() = 0;
    virtual std::unique_ptr<TopicLog> log() = 0;
    virtual std::unique_ptr<TopicAdmin> admin() = 0;
    /// Appends any record, good or bad, as a foreign producer would.
    virtual void put(std::int32_t partition, const RawRecord& raw) = 0;
    /// Appends the record in a transaction, whose end takes an offset as well.
    virtual void put_in_transaction(std::int32_t partition, const RawRecord& raw) = 0;
    /// Deletes the topic with all records; when it returns, the broker does not know it any more.
    virtual void remove() = 0;
};

/// The bench of a topic with that many partitions; 0: it does not exist.
using MakeBench = std::function<std::unique_ptr<TopicBench>(int)>;

/// Runs every case of the contract; to be called in one TEST_CASE.
void check_publisher_contract(const MakeBench& make_bench);
void check_subscriber_contract(const MakeBench& make_bench);
void check_topic_log_contract(const MakeBench& make_bench);
void check_topic_admin_contract(const MakeBench& make_bench);

/// Long enough for anything that is going to happen.
inline Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

/// A winner's record.
inline IssueRecord record_for(std::int64_t user, std::int64_t slot = 1) {
    static const auto key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    return record_of("spring", {Round(3), Epoch(2), Slot(slot), UserId(user), Instant(Milliseconds(1'700'000'000'123))}, key);
}

/// A record that a topic of ours takes, but that is too large packed: thousands of headers of a letter each.
inline RawRecord too_large_record() {
    return {"7", "value", std::vector<RecordHeader>(12'000, {"a", ""})};
}

/// All reports, until nothing is in flight; empty where that does not come about.
std::vector<Delivery> reports_of(Publisher& publisher);

/// What a member sees up to and with the next thing of type T; nothing where it does not come, or a fault does.
template <class T>
std::optional<T> next(Subscriber& subscriber, Deadline deadline = soon()) {
    while (std::chrono::steady_clock::now() < deadline) {
        auto polled = subscriber.poll(Milliseconds(20));
        if (!polled) return std::nullopt;
        if (auto* found = std::get_if<T>(&*polled)) return std::move(*found);
    }
    return std::nullopt;
}

/// The next `count` records of a member, fewer where they do not come.
std::vector<SourceRecord> records_of(Subscriber& subscriber, std::size_t count);

/// Polls all members, dropping records, until together they hold that many partitions, every one of them at least one.
bool share(const std::vector<Subscriber*>& members, std::size_t partitions);

/// The topic from low to high.
std::vector<SourceRecord> all_records(TopicLog& log);

} // namespace coupon
