#include "topic/kafka/kafka_subscriber.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// What a member does about a topic that is gone, and about one that was made again.
namespace coupon {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds missing_for_good{1000};
constexpr Milliseconds missing_check_interval{200};
constexpr Milliseconds least_patience{100};
constexpr int longest_look_ms = 1000;

} // namespace

void KafkaSubscriber::confirm_missing(Deadline deadline) {
    const auto now = Clock::now();
    if (now < next_missing_check_) return;
    next_missing_check_ = now + missing_check_interval;
    const auto shape = client_->ask_topic(std::max(deadline, now + least_patience));
    if (shape) {
        may_be_missing_ = false;
        gone_.reset();
        missing_since_.reset();
        // A broker that starts again may not have known its topics yet.
        if (is_other_log_ || !has_offsets_of_group()) start_over();
    } else if (shape.fault().kind != FaultKind::missing) {
        missing_since_.reset();
    } else if (!missing_since_) {
        missing_since_ = now;
        is_other_log_ = true;
        let_go();
    } else if (now - *missing_since_ >= missing_for_good) {
        gone_ = shape.fault();
    }
}

bool KafkaSubscriber::has_offsets_of_group() const {
    const auto group = list_of({committed_.begin(), committed_.end()});
    if (group->cnt == 0) return true;
    // Where no answer comes nothing is known against them.
    if (rd_kafka_committed(client_->get(), group.get(), longest_look_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    return std::all_of(group->elems, group->elems + group->cnt,
                       [](const auto& one) { return one.err != RD_KAFKA_RESP_ERR_NO_ERROR || one.offset >= 0; });
}

void KafkaSubscriber::let_go() {
    if (!assigned_.empty()) {
        if (before_revoke_) before_revoke_();
        has_assignment_changed_ = true;
    }
    assigned_.clear();
    inboxes_.clear();
    starts_.clear();
    committed_.clear();
    early_.clear();
    held_.clear();
}

void KafkaSubscriber::start_over() {
    is_other_log_ = true;
    let_go();
    if (auto done = subscribe(); !done) gave_up_ = done.fault();
}

void KafkaSubscriber::commit_beginning() {
    is_other_log_ = false;
    const auto beginning = list_of({assigned_.begin(), assigned_.end()});
    for (int i = 0; i < beginning->cnt; ++i) {
        beginning->elems[i].offset = 0;
        starts_[beginning->elems[i].partition] = 0;
    }
    // Another worker may have committed its position in the old log after the topic was made again. Where no answer comes, the first commit
    // of this member does the same.
    static_cast<void>(rd_kafka_commit(client_->get(), beginning.get(), 1));
}

} // namespace coupon
