#pragma once

#include "failpoints/failpoint_set.hpp"
#include "topic/publisher.hpp"
#include "topic/subscriber.hpp"
#include "topic/topic_admin.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace coupon {

/// A publisher whose delivery reports may be lost. What counts as a pass is a record handed over, and one acknowledged.
class FailingPublisher final : public Publisher {
public:
    FailingPublisher(std::unique_ptr<Publisher> inner, std::shared_ptr<FailpointSet> set)
        : inner_(std::move(inner)), set_(std::move(set)) {}

    Status check(Deadline deadline) override { return inner_->check(deadline); }
    void submit(std::uint64_t ticket, const IssueRecord& record) override;
    std::size_t poll(std::vector<Delivery>& out, Milliseconds wait) override;
    [[nodiscard]] std::size_t in_flight() const override { return inner_->in_flight() + lost_.size(); }

private:
    std::unique_ptr<Publisher> inner_;
    std::shared_ptr<FailpointSet> set_;
    std::vector<std::uint64_t> lost_;        ///< to be reported as unknown by the next poll
    std::multiset<std::uint64_t> swallowed_; ///< reported as unknown; the true report is still to come
};

/// A subscriber that fails when it has committed offsets, or lost partitions.
class FailingSubscriber final : public Subscriber {
public:
    FailingSubscriber(std::unique_ptr<Subscriber> inner, std::shared_ptr<FailpointSet> set)
        : inner_(std::move(inner)), set_(std::move(set)) {}

    Result<Polled> poll(Milliseconds wait) override;
    Status commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) override;
    void pause() override { inner_->pause(); }
    void resume() override { inner_->resume(); }
    void hold(const std::set<std::int32_t>& partitions) override { inner_->hold(partitions); }
    void before_revoke(std::function<void()> finish) override { inner_->before_revoke(std::move(finish)); }
    [[nodiscard]] const std::set<std::int32_t>& assigned() const override { return inner_->assigned(); }
    [[nodiscard]] Membership membership() const override { return inner_->membership(); }
    void leave(Deadline deadline) override { inner_->leave(deadline); }

private:
    std::unique_ptr<Subscriber> inner_;
    std::shared_ptr<FailpointSet> set_;
    std::set<std::int32_t> had_;  ///< the partitions the caller was last told of
    std::vector<Polled> to_tell_; ///< the last one first
};

/// An admin that fails when it has purged.
class FailingAdmin final : public TopicAdmin {
public:
    FailingAdmin(std::unique_ptr<TopicAdmin> inner, std::shared_ptr<FailpointSet> set) : inner_(std::move(inner)), set_(std::move(set)) {}

    Result<std::string> cluster_id(Deadline deadline) override { return inner_->cluster_id(deadline); }
    Result<bool> exists(Deadline deadline) override { return inner_->exists(deadline); }
    Status create(int partitions, Deadline deadline) override { return inner_->create(partitions, deadline); }
    Status purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline deadline) override {
        return set_->after("reset-purge", inner_->purge(up_to, deadline));
    }

private:
    std::unique_ptr<TopicAdmin> inner_;
    std::shared_ptr<FailpointSet> set_;
};

} // namespace coupon
