#include "core/worker_positions.hpp"

#include <algorithm>

namespace coupon {

std::map<std::int32_t, std::int64_t> next_offsets(const Positions& positions) {
    std::map<std::int32_t, std::int64_t> offsets;
    for (const auto& [partition, position] : positions)
        offsets[partition] = position.next;
    return offsets;
}

std::map<std::int32_t, BatchPart> parts_of(std::span<const SourceRecord> batch) {
    std::map<std::int32_t, const SourceRecord*> last;
    std::map<std::int32_t, BatchPart> parts;
    for (const auto& record : batch) {
        parts.try_emplace(record.at.partition, BatchPart{record.at.offset, 0, 0, {}});
        last[record.at.partition] = &record;
    }
    for (auto& [partition, part] : parts) {
        const auto& record = *last.at(partition);
        // A reader that does not tell where it began vouches for no record but the last.
        part.unbroken_from = record.unbroken_from.value_or(record.at.offset);
        part.next = record.at.offset + 1;
        part.last = mark_of(record);
    }
    return parts;
}

WorkerPosition position_behind(const BatchPart& part, const std::optional<WorkerPosition>& stored) {
    const bool goes_on = stored && stored->next == part.first && stored->unbroken_from == part.unbroken_from;
    return {part.next, goes_on ? part.unbroken_from : std::max(part.unbroken_from, part.first), part.last};
}

std::int64_t UnbrokenReading::read(const SourcePosition& at) {
    auto& part = parts_.try_emplace(at.partition, Part{at.offset, at.offset}).first->second;
    if (at.offset != part.next) part.from = at.offset;
    part.next = at.offset + 1;
    return part.from;
}

bool can_be_recognised(const WorkerPosition& position, const PartitionLag& log) {
    return log.low < position.next && position.next <= log.high && position.unbroken_from < position.next;
}

std::int64_t records_saved(const WorkerPosition& position, const PartitionLag& log) {
    return position.next - std::max(position.unbroken_from, log.low);
}

} // namespace coupon
