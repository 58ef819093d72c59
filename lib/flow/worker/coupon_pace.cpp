#include "flow/worker/coupon_pace.hpp"

#include "core/batch_rule.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds most_caught_up{1000};

} // namespace

Milliseconds CouponPace::missing(Tick now) const {
    if (!rate_) return Milliseconds(0);
    const Pacer pacer(*rate_);
    const auto elapsed = now - start_;
    const auto used = issued_ + in_hand_;
    if (pacer.allowed(elapsed) > used) return Milliseconds(0);
    return std::max(std::chrono::ceil<Milliseconds>(pacer.due(used) - elapsed), Milliseconds(1));
}

bool CouponPace::may_be_coupon(const SourceRecord& record) const {
    if (!rate_) return false;
    const auto read = read_record(record);
    return read.record && read.record->event == event_;
}

void CouponPace::took(const SourceRecord& record, Tick now) {
    if (!may_be_coupon(record)) return;
    const auto late = now - start_ - Pacer(*rate_).due(issued_ + in_hand_);
    if (late > most_caught_up) start_ += late - most_caught_up;
    ++in_hand_;
}

void CouponPace::settled(const SourceRecord& record, const Settlement& outcome) {
    if (!may_be_coupon(record)) return;
    --in_hand_;
    if (outcome.becomes == RecordClass::issued) ++issued_;
}

void CouponPace::restart(Tick now) {
    start_ = now;
    issued_ = 0;
}

} // namespace coupon
