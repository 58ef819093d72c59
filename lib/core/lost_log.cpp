#include "core/lost_log.hpp"

namespace coupon {

std::map<std::int32_t, Fence> newest_offsets(const std::vector<Fence>& fences) {
    std::map<std::int32_t, Fence> newest;
    for (const auto& fence : fences) {
        if (fence.end_offset == 0) continue;
        const auto [known, is_new] = newest.emplace(fence.partition, fence);
        if (!is_new && known->second.epoch < fence.epoch) known->second = fence;
    }
    return newest;
}

std::string why_lost(const Fence& fence, const PartitionLag& log, const std::optional<RecordMark>& found) {
    if (log.high < fence.end_offset) return "its end is " + std::to_string(log.high) + " now";
    if (fence.below && found && *found != fence.below->mark)
        return "another record lies at offset " + std::to_string(fence.below->at.offset) + " now";
    return {};
}

std::string lost_log_text(const Fence& fence, const std::string& why) {
    return "partition " + std::to_string(fence.partition) + ": the log in which epoch " + fence.epoch.text() + " began at offset " +
           std::to_string(fence.end_offset) + " is gone (" + why +
           "): the broker lost its data, or the topic was deleted and made again. That offset does not count any more: on the new log "
           "every record of an earlier epoch is fenced, and claims without a coupon are republished";
}

void begin_again_at_zero(std::vector<Fence>& fences, const Fence& lost) {
    for (auto& fence : fences) {
        if (fence.partition != lost.partition || fence.epoch > lost.epoch) continue;
        fence.end_offset = 0;
        fence.below.reset();
    }
}

std::int64_t stored_offset(const std::map<std::int32_t, std::int64_t>& stored, const PartitionLag& log) {
    const auto offset = stored.find(log.partition);
    return offset == stored.end() || offset->second > log.high ? 0 : offset->second;
}

} // namespace coupon
