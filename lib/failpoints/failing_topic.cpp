#include "failpoints/failing_topic.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

void FailingPublisher::submit(std::uint64_t ticket, const IssueRecord& record) {
    inner_->submit(ticket, record);
    if (set_->pass("after-enqueue")) lost_.push_back(ticket);
}

std::size_t FailingPublisher::poll(std::vector<Delivery>& out, Milliseconds wait) {
    const auto before = out.size();
    for (const auto ticket : std::exchange(lost_, {})) {
        out.push_back({ticket, FailpointSet::lost_reply("after-enqueue")});
        swallowed_.insert(ticket);
    }
    std::vector<Delivery> reports;
    inner_->poll(reports, out.size() > before ? Milliseconds(0) : wait);
    for (auto& delivery : reports) {
        if (const auto known = swallowed_.find(delivery.ticket); known != swallowed_.end()) {
            swallowed_.erase(known);
            continue;
        }
        out.push_back({delivery.ticket, set_->after("after-delivery", std::move(delivery.report))});
    }
    return out.size() - before;
}

Result<Polled> FailingSubscriber::poll(Milliseconds wait) {
    if (!to_tell_.empty()) {
        Polled next = std::move(to_tell_.back());
        to_tell_.pop_back();
        return next;
    }
    auto polled = inner_->poll(wait);
    if (!polled) return polled;
    if (const auto* changed = std::get_if<AssignmentChanged>(&*polled)) {
        const auto& has = changed->partitions;
        const bool has_lost_some = !std::includes(has.begin(), has.end(), had_.begin(), had_.end());
        had_ = has;
        if (has_lost_some && set_->pass("on-revoke"))
            to_tell_ = {BrokerBack{}, BrokerAway{{FaultKind::unreachable, "kafka is away at failpoint on-revoke", {}}}};
    }
    return polled;
}

Status FailingSubscriber::commit(const std::map<std::int32_t, std::int64_t>& next, Deadline deadline) {
    return set_->after("after-offset-commit", inner_->commit(next, deadline));
}

} // namespace coupon
