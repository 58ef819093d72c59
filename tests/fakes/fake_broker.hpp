#pragma once

#include "core/consumer_group.hpp"
#include "core/issue_record.hpp"
#include "core/result.hpp"
#include "core/topic_binding.hpp"
#include "fakes/fake_settings.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

/// What becomes of a submission to the fake topic instead of an acknowledged record.
enum class DeliveryTrouble {
    none,
    report_lost, ///< the record is on the topic, the report is lost: unknown
    record_lost, ///< nothing is on the topic, and nobody knows: unknown
    refused,     ///< certainly not on the topic
    silent,      ///< nothing happens until the trouble is over
};

/// What the fake broker does with every call while it lasts.
enum class BrokerTrouble { none, away, denied, another_cluster };

/// One broker in memory with one topic and one consumer group. The ports are FakePublisher, FakeSubscriber, FakeTopicLog and
/// FakeTopicAdmin, any number of each. Nothing waits. Not thread-safe; it must outlive its ports.
class FakeBroker {
public:
    struct Partition {
        std::int64_t low = 0;
        std::int64_t high = 0;
        std::map<std::int64_t, RawRecord> records;  ///< by offset; gaps as compaction leaves them
        std::map<std::int64_t, Instant> written_at; ///< by offset
        std::optional<std::int64_t> committed;
    };

    explicit FakeBroker(int count = 4) { create(count); }

    std::vector<Partition> partitions; ///< empty: the topic does not exist
    BrokerTrouble broker = BrokerTrouble::none;
    TopicSettings told = good_topic_settings(); ///< what the cluster tells of itself and of a topic that exists

    std::string group_refusal; ///< by which the coordinator turns every member of the suite away; empty where it does not
    bool has_coordinator = true;
    bool tells_members = true;
    std::vector<GroupMember> strangers; ///< other programs in the group; what they hold no member of the suite gets

    void create(int count) { partitions.assign(static_cast<std::size_t>(count), {}); }

    /// The next `records` submissions meet this trouble; without a number, all until the next trouble is set.
    void meet(DeliveryTrouble trouble, int records = std::numeric_limits<int>::max()) {
        trouble_ = trouble;
        troubled_records_ = records;
    }

    /// The next commit takes effect, but its answer is lost.
    void lose_next_commit_answer() { commit_answer_lost_ = true; }

    /// Appends any record, good or bad.
    SourcePosition put(std::int32_t partition, RawRecord raw) {
        auto& log = partitions.at(static_cast<std::size_t>(partition));
        log.records.emplace(log.high, std::move(raw));
        log.written_at[log.high] = Instant(Milliseconds(++written_));
        return {partition, log.high++};
    }

    /// The record at this place, as a reader gets it. REQUIRES: it is there.
    [[nodiscard]] SourceRecord record_at(const SourcePosition& at) const {
        const auto& log = partitions.at(static_cast<std::size_t>(at.partition));
        const auto written = log.written_at.find(at.offset);
        return {at, shortened(log.records.at(at.offset)), written == log.written_at.end() ? Instant{} : written->second};
    }

    /// The next offset becomes no record, as the end of a transaction is none.
    void put_gap(std::int32_t partition) { ++partitions.at(static_cast<std::size_t>(partition)).high; }

    /// One member of the group as the broker sees it.
    struct Member {
        int generation = 0;
        std::set<std::int32_t> partitions;
    };

    /// What the coordinator says of the group.
    [[nodiscard]] GroupSight group() const {
        GroupSight sight;
        sight.brokers = told.address;
        sight.group = "coupon_issuer";
        sight.has_coordinator = has_coordinator;
        if (!tells_members) sight.untold = "it uses another protocol";
        if (!has_coordinator || !tells_members) return sight;
        sight.members = strangers;
        for (const auto* member : members_)
            sight.members->push_back({own_client_id, "/10.0.0.1", member->partitions});
        return sight;
    }

    /// Everybody's partitions are taken and given anew, in turn as the round-robin assignor does, as when a member's session expires.
    void rebalance() {
        ++generation_;
        std::vector<std::int32_t> free;
        for (std::int32_t i = 0; i < static_cast<std::int32_t>(partitions.size()); ++i) {
            if (std::none_of(strangers.begin(), strangers.end(), [i](const auto& one) { return one.partitions.contains(i); }))
                free.push_back(i);
        }
        for (std::size_t turn = 0; turn < members_.size(); ++turn) {
            *members_[turn] = {generation_, {}};
            for (std::size_t i = turn; i < free.size(); i += members_.size())
                members_[turn]->partitions.insert(free[i]);
        }
    }

    /// The fault of a call that finds the broker in trouble, or the topic gone.
    [[nodiscard]] std::optional<Fault> trouble() const {
        switch (broker) {
        case BrokerTrouble::none: break;
        case BrokerTrouble::away: return Fault{FaultKind::unreachable, "cannot reach the fake broker", "is the broker up?"};
        case BrokerTrouble::denied: return Fault{FaultKind::denied, "the fake broker refuses the login", "check the password"};
        case BrokerTrouble::another_cluster: return Fault{FaultKind::usage, "the fake broker is another cluster", "check --brokers"};
        }
        if (partitions.empty()) return Fault{FaultKind::missing, "the fake topic does not exist", missing_topic_hint(false)};
        return std::nullopt;
    }

private:
    friend class FakePublisher;
    friend class FakeSubscriber;

    [[nodiscard]] DeliveryTrouble next_trouble() const { return troubled_records_ > 0 ? trouble_ : DeliveryTrouble::none; }
    void pass_trouble() {
        if (troubled_records_ > 0 && troubled_records_ != std::numeric_limits<int>::max()) --troubled_records_;
    }

    DeliveryTrouble trouble_ = DeliveryTrouble::none;
    int troubled_records_ = 0;
    bool commit_answer_lost_ = false;
    int generation_ = 0;
    std::int64_t written_ = 0; ///< records there ever were: the clock of their timestamps
    std::vector<Member*> members_;
};

} // namespace coupon
