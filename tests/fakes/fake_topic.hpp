#pragma once

#include "fakes/fake_broker.hpp"
#include "fakes/fake_subscriber.hpp"
#include "topic/publisher.hpp"
#include "topic/topic_admin.hpp"
#include "topic/topic_log.hpp"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>
#include <vector>

namespace coupon {

/// Records get their place when they are polled, in the order of submission; the user chooses the partition.
class FakePublisher final : public Publisher {
public:
    explicit FakePublisher(FakeBroker& broker) : broker_(broker) {}

    Status check(Deadline) override {
        if (auto fault = broker_.trouble()) return *fault;
        return Done{};
    }
    void submit(std::uint64_t ticket, const IssueRecord& record) override { waiting_.emplace_back(ticket, record); }

    std::size_t poll(std::vector<Delivery>& out, Milliseconds) override {
        std::size_t reported = 0;
        while (!waiting_.empty() && broker_.next_trouble() != DeliveryTrouble::silent) {
            const auto [ticket, record] = std::move(waiting_.front());
            waiting_.pop_front();
            out.push_back({ticket, deliver(record)});
            ++reported;
        }
        return reported;
    }
    [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

private:
    Status deliver(const IssueRecord& record) {
        if (auto fault = broker_.trouble()) return *fault;
        const auto trouble = broker_.next_trouble();
        broker_.pass_trouble();
        const auto append = [&] {
            const auto partition = record.grant.user.value() % static_cast<std::int64_t>(broker_.partitions.size());
            broker_.put(static_cast<std::int32_t>(partition), encode(record));
        };
        switch (trouble) {
        case DeliveryTrouble::none: append(); return Done{};
        case DeliveryTrouble::report_lost: append(); return Fault{FaultKind::unknown, "no report from the fake topic", ""};
        case DeliveryTrouble::record_lost: return Fault{FaultKind::unknown, "no report from the fake topic", ""};
        case DeliveryTrouble::refused: return Fault{FaultKind::unreachable, "not published to the fake topic", ""};
        case DeliveryTrouble::silent: break; // poll() delivers nothing meanwhile
        }
        assert(false);
        return Done{};
    }

    FakeBroker& broker_;
    std::deque<std::pair<std::uint64_t, IssueRecord>> waiting_;
};

class FakeTopicLog final : public TopicLog {
public:
    explicit FakeTopicLog(FakeBroker& broker) : broker_(broker) {}

    Result<std::vector<PartitionLag>> partitions(Deadline) override {
        if (auto fault = broker_.trouble()) return *fault;
        std::vector<PartitionLag> lags;
        for (const auto& one : broker_.partitions) {
            PartitionLag lag{static_cast<std::int32_t>(lags.size()), one.low, one.high, one.committed};
            if (lag.offsets_left() > 0) {
                UnreadRecords unread;
                for (auto at = one.records.lower_bound(lag.position()); at != one.records.end() && !unread.is_enough(); ++at)
                    unread.count(at->first);
                lag.unread = unread.before(lag.high);
            }
            lags.push_back(lag);
        }
        return lags;
    }

    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take, Deadline) override {
        if (auto fault = broker_.trouble()) return *fault;
        for (const auto& range : ranges) {
            const auto& records = broker_.partitions.at(static_cast<std::size_t>(range.partition)).records;
            for (auto at = records.lower_bound(range.from); at != records.end() && at->first < range.to; ++at)
                take(broker_.record_at({range.partition, at->first}));
        }
        return Done{};
    }

    Result<GroupSight> group(Deadline) override {
        const auto fault = broker_.trouble();
        if (fault && fault->kind != FaultKind::missing) return *fault;
        return broker_.group();
    }

    Result<TopicSettings> settings(Deadline) override {
        const auto fault = broker_.trouble();
        if (fault && fault->kind != FaultKind::missing) return *fault;
        auto answer = broker_.told;
        answer.partitions.resize(broker_.partitions.size(), {0, 0, 3, 3});
        for (std::size_t i = 0; i < answer.partitions.size(); ++i)
            answer.partitions[i].id = static_cast<std::int32_t>(i);
        if (!answer.exists()) answer.topic.clear();
        return answer;
    }

private:
    FakeBroker& broker_;
};

class FakeTopicAdmin final : public TopicAdmin {
public:
    explicit FakeTopicAdmin(FakeBroker& broker) : broker_(broker) {}

    Result<std::string> cluster_id(Deadline) override { return std::string("fake-cluster"); }
    Result<bool> exists(Deadline) override {
        const auto fault = broker_.trouble();
        if (fault && fault->kind != FaultKind::missing) return *fault;
        return !fault;
    }
    Status create(int partitions, Deadline) override {
        const auto fault = broker_.trouble();
        if (!fault) return Done{};
        if (fault->kind != FaultKind::missing) return *fault;
        broker_.create(partitions);
        return Done{};
    }
    Status purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline) override {
        if (auto fault = broker_.trouble()) return *fault;
        for (const auto& [partition, offset] : up_to) {
            if (offset > broker_.partitions.at(static_cast<std::size_t>(partition)).high)
                return Fault{FaultKind::refused, "the offset lies beyond the end of the fake topic", ""};
        }
        for (const auto& [partition, offset] : up_to) {
            auto& log = broker_.partitions.at(static_cast<std::size_t>(partition));
            log.low = std::max(log.low, offset);
            log.records.erase(log.records.begin(), log.records.lower_bound(log.low));
        }
        return Done{};
    }

private:
    FakeBroker& broker_;
};

} // namespace coupon
