#include "flow/worker/failed_log.hpp"

#include <string>

namespace coupon {

namespace {

constexpr int most_one_by_one = 5;
constexpr Milliseconds interval{10'000};

std::string place(const SourcePosition& at) {
    return "partition " + std::to_string(at.partition) + " offset " + std::to_string(at.offset);
}

} // namespace

void FailedLog::note(const SourcePosition& at, const Settlement& outcome, Tick now) {
    tell_when_due(now);
    is_quiet_ = false;
    if (one_by_one_ < most_one_by_one) {
        ++one_by_one_;
        journal_.error("failed event: " + place(at) + ": " + outcome.reason);
        return;
    }
    ++counted_[outcome.kind];
    last_ = at;
}

void FailedLog::tell_when_due(Tick now) {
    if (now - interval_began_ < interval) return;
    interval_began_ = now;
    if (is_quiet_) one_by_one_ = 0;
    is_quiet_ = true;
    tell();
}

void FailedLog::tell() {
    if (counted_.empty()) return;
    std::string kinds;
    for (const auto& [kind, count] : counted_)
        kinds += (kinds.empty() ? "" : ", ") + std::to_string(count) + " " + name_of(kind);
    journal_.error("failed events: " + kinds + ", the last at " + place(last_) + "; coupon-audit --preflight counts those that are open");
    counted_.clear();
}

} // namespace coupon
