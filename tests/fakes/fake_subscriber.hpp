#pragma once

#include "core/log_identity.hpp"
#include "fakes/fake_broker.hpp"
#include "topic/subscriber.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace coupon {

/// A member of the group from its first poll() to leave() or die(); partitions are shared in turn, as the round-robin assignor does.
class FakeSubscriber final : public Subscriber {
public:
    explicit FakeSubscriber(FakeBroker& broker) : broker_(broker) {}
    FakeSubscriber(const FakeSubscriber&) = delete;
    FakeSubscriber& operator=(const FakeSubscriber&) = delete;
    ~FakeSubscriber() override { drop_out(); }

    Result<Polled> poll(Milliseconds) override {
        const auto fault = broker_.trouble();
        if (fault && fault->kind == FaultKind::missing && let_go()) return Polled{AssignmentChanged{assigned_}};
        if (fault && fault->kind != FaultKind::unreachable) return *fault;
        if (fault) {
            if (std::exchange(away_, true)) return Polled{NothingCame{}};
            return Polled{BrokerAway{*fault}};
        }
        if (std::exchange(away_, false)) return Polled{BrokerBack{}};
        if (!broker_.group_refusal.empty()) {
            drop_out_of_group();
            return Polled{NothingCame{}};
        }
        if (!joined_ && !gone_) {
            joined_ = true;
            broker_.members_.push_back(&given_);
            broker_.rebalance();
        }
        if (is_another_log()) {
            let_go();
            broker_.rebalance();
        }
        if (generation_ != given_.generation) {
            if (before_revoke_ && !assigned_.empty()) before_revoke_();
            generation_ = given_.generation;
            take_partitions();
            held_.clear();
            return Polled{AssignmentChanged{assigned_}};
        }
        if (paused_) return Polled{NothingCame{}};
        return next_record();
    }

    Status commit(const std::map<std::int32_t, std::int64_t>& next, Deadline) override {
        if (auto fault = broker_.trouble()) {
            if (fault->kind == FaultKind::unreachable) fault->kind = FaultKind::unknown;
            return *fault;
        }
        if (is_another_log()) return Fault{FaultKind::not_mine, "the fake topic was made again", ""};
        const bool all_mine = std::all_of(next.begin(), next.end(), [&](const auto& one) { return assigned_.contains(one.first); });
        if (!joined_ || generation_ != given_.generation || !all_mine)
            return Fault{FaultKind::not_mine, "the fake group gave the partitions to others", ""};
        for (const auto& [partition, offset] : next)
            log(partition).committed = offset;
        if (std::exchange(broker_.commit_answer_lost_, false)) return Fault{FaultKind::unknown, "no answer from the fake group", ""};
        return Done{};
    }

    void pause() override { paused_ = true; }
    void resume() override { paused_ = false; }
    void hold(const std::set<std::int32_t>& partitions) override { held_ = partitions; }
    void before_revoke(std::function<void()> finish) override { before_revoke_ = std::move(finish); }
    [[nodiscard]] const std::set<std::int32_t>& assigned() const override { return assigned_; }
    [[nodiscard]] Membership membership() const override {
        return {joined_ && generation_ == given_.generation, assigned_.size(), generation_, away_, broker_.group_refusal};
    }
    void leave(Deadline) override {
        if (before_revoke_ && !assigned_.empty()) before_revoke_();
        drop_out();
    }

    /// Killed: the group gives its partitions to the others, and it never polls again.
    void die() { drop_out(); }

private:
    FakeBroker::Partition& log(std::int32_t partition) { return broker_.partitions.at(static_cast<std::size_t>(partition)); }

    /// The topic was missing, or is another one.
    [[nodiscard]] bool is_another_log() const {
        const auto is_other = [&](const auto& one) {
            const auto index = static_cast<std::size_t>(one.first);
            return index >= broker_.partitions.size() || coupon::is_another_log(one.second, broker_.partitions[index].high);
        };
        return joined_ &&
               ((is_other_log_ && generation_ == given_.generation) || std::any_of(position_.begin(), position_.end(), is_other));
    }

    /// Whether there was anything to let go of.
    bool let_go() {
        is_other_log_ = true;
        if (before_revoke_ && !assigned_.empty()) before_revoke_();
        position_.clear();
        return !std::exchange(assigned_, {}).empty();
    }

    void take_partitions() {
        assigned_ = given_.partitions;
        position_.clear();
        told_.clear();
        const bool starts_over = std::exchange(is_other_log_, false);
        for (const auto partition : assigned_) {
            if (starts_over) log(partition).committed = 0;
            // What was committed and is not there any more (purged, or another topic of that name): the earliest record.
            const auto& here = log(partition);
            const auto committed = here.committed.value_or(here.low);
            position_[partition] = committed < here.low || committed > here.high ? here.low : committed;
            told_[partition] = here.committed.value_or(0);
        }
    }

    Polled next_record() {
        auto next = position_.upper_bound(last_polled_);
        for (std::size_t i = 0; i < position_.size(); ++i, ++next) {
            if (next == position_.end()) next = position_.begin();
            auto& [partition, position] = *next;
            const auto& records = log(partition).records;
            const auto found = records.lower_bound(position);
            if (held_.contains(partition)) continue;
            if (found == records.end()) {
                position = std::max(position, log(partition).high);
                if (std::exchange(told_[partition], position) < position) return PartitionEnd{partition, position};
                continue;
            }
            position = told_[partition] = found->first + 1;
            last_polled_ = partition;
            return broker_.record_at({partition, found->first});
        }
        return NothingCame{};
    }

    void drop_out() {
        gone_ = true;
        drop_out_of_group();
    }

    void drop_out_of_group() {
        assigned_.clear();
        position_.clear();
        if (std::exchange(joined_, false)) {
            std::erase(broker_.members_, &given_);
            broker_.rebalance();
        }
    }

    FakeBroker& broker_;
    std::function<void()> before_revoke_;
    bool joined_ = false;
    bool gone_ = false;
    bool paused_ = false;
    bool away_ = false;
    bool is_other_log_ = false; ///< the next assignment is read from its beginning
    int generation_ = 0;
    FakeBroker::Member given_;
    std::set<std::int32_t> assigned_;
    std::map<std::int32_t, std::int64_t> position_;
    std::map<std::int32_t, std::int64_t> told_; ///< as far as the caller knows the partition
    std::set<std::int32_t> held_;
    std::int32_t last_polled_ = -1;
};

} // namespace coupon
