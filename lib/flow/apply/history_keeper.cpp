#include "flow/apply/history_keeper.hpp"

#include "history/history.hpp"

#include <utility>

namespace coupon {

namespace {

std::int64_t nanoseconds_of(Tick tick) {
    return std::chrono::duration_cast<Nanoseconds>(tick.time_since_epoch()).count();
}

} // namespace

void HistoryKeeper::invoke(std::uint64_t id, UserId user) {
    if (sink_ == nullptr) return;
    invoked_ += history_invoke_line(static_cast<std::int64_t>(id), nanoseconds_of(world_.now()), user);
    ++invocations_;
}

bool HistoryKeeper::hand_over() {
    if (sink_ == nullptr || invocations_ == 0) return !fault_;
    write(invoked_, {std::exchange(invocations_, 0), 0});
    invoked_.clear();
    return !fault_;
}

void HistoryKeeper::answered(const std::vector<Finished>& finished) {
    if (sink_ == nullptr || finished.empty()) return;
    lines_.clear();
    for (const auto& one : finished) {
        lines_ += history_answer_line(static_cast<std::int64_t>(one.id), nanoseconds_of(one.finished), one.told);
    }
    write(lines_, {0, static_cast<std::int64_t>(finished.size())});
}

void HistoryKeeper::write(const std::string& lines, const HistoryCounts& held) {
    if (fault_) return;
    if (const auto written = sink_->write(lines, held); !written) fault_ = written.fault();
}

} // namespace coupon
