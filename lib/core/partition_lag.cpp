#include "core/partition_lag.hpp"

#include "core/escape.hpp"

#include <algorithm>

namespace coupon {

std::int64_t PartitionLag::position() const {
    return std::max(committed.value_or(low), low);
}

std::int64_t PartitionLag::offsets_left() const {
    return low >= high ? 0 : std::max<std::int64_t>(0, high - position());
}

std::int64_t PartitionLag::behind() const {
    return std::min(unread.value_or(offsets_left()), offsets_left());
}

std::int64_t PartitionLag::behind_before(std::int64_t end) const {
    return std::clamp<std::int64_t>(end - position(), 0, behind());
}

bool has_lost_offsets(const std::vector<PartitionLag>& partitions) {
    const bool has_none = std::none_of(partitions.begin(), partitions.end(), [](const auto& one) { return one.committed.has_value(); });
    return has_none && std::any_of(partitions.begin(), partitions.end(), [](const auto& one) { return one.settled > 0; });
}

std::string lost_offsets_text(const std::string& group) {
    return "group " + escape(group) + " has no committed offset: it expired, or --group is another one";
}

void ReadPositions::read(const SourcePosition& at) {
    auto& line = lines_[at.partition];
    // Below an end that was reached there is nothing more to read, unless another log has taken the place of this one.
    if (line.end && at.offset < line.end->next) line.end.reset();
    line.in_hand = at.offset;
}

void ReadPositions::reached_end(std::int32_t partition, std::int64_t next) {
    auto& line = lines_[partition];
    if (line.in_hand) {
        line.end = End{*line.in_hand, next};
    } else {
        uncommitted_[partition] = next;
    }
}

void ReadPositions::settled(const SourcePosition& at) {
    auto& line = lines_[at.partition];
    auto& next = uncommitted_[at.partition];
    next = at.offset + 1;
    if (line.in_hand == at.offset) line.in_hand.reset();
    if (!line.end || at.offset < line.end->last_read) return;
    next = std::max(next, line.end->next);
    line.end.reset();
}

void ReadPositions::forget() {
    lines_.clear();
    uncommitted_.clear();
}

} // namespace coupon
