#pragma once

#include "core/issue_record.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace coupon {

/// What the issuing half of a worker tells the other half: the batches that it wrote since somebody asked, so that their users are looked
/// for in the gate. It keeps the newest 50,000 records; counts show a gate that lost older ones.
class IssuedLately {
public:
    void add(std::vector<SourceRecord>&& batch) {
        const std::lock_guard lock(mutex_);
        records_ += batch.size();
        batches_.push_back(std::move(batch));
        while (records_ > most_records && batches_.size() > 1) {
            records_ -= batches_.front().size();
            batches_.pop_front();
        }
    }
    /// A record whose slot, or whose user, has another coupon.
    void lost_its_slot(const SourceRecord& record) {
        const std::lock_guard lock(mutex_);
        if (losers_.size() < most_losers) losers_.push_back(record);
    }

    [[nodiscard]] std::deque<std::vector<SourceRecord>> take() {
        const std::lock_guard lock(mutex_);
        records_ = 0;
        return std::exchange(batches_, {});
    }
    [[nodiscard]] std::vector<SourceRecord> take_losers() {
        const std::lock_guard lock(mutex_);
        return std::exchange(losers_, {});
    }

private:
    static constexpr std::size_t most_records = 50'000;
    static constexpr std::size_t most_losers = 100; ///< one of the gate's epoch is enough

    std::mutex mutex_;
    std::deque<std::vector<SourceRecord>> batches_;
    std::size_t records_ = 0;
    std::vector<SourceRecord> losers_;
};

} // namespace coupon
