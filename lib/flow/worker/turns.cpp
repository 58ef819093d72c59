#include "flow/worker/turns.hpp"

#include "core/kept_record.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// Records of one partition that wait at most, and their bytes: enough for a few batches, whatever the other partitions hold.
constexpr std::size_t records_ahead = 2000;
constexpr std::size_t bytes_ahead = 1024 * 1024;
/// Bytes of one batch; the suite's own records stay far below.
constexpr std::size_t bytes_of_batch = 4 * 1024 * 1024;

} // namespace

void Turns::assign(const std::set<std::int32_t>& partitions) {
    lines_.clear();
    full_.clear();
    for (auto& lane : lanes_)
        lane = {};
    for (const auto partition : partitions) {
        lanes_[lines_.size() % lanes_.size()].partitions.push_back(partition);
        lines_.try_emplace(partition);
    }
}

void Turns::add(SourceRecord&& record, Tick until) {
    const auto partition = record.at.partition;
    auto& line = lines_.at(partition);
    if (line.records.empty()) line.until = until;
    const auto bytes = held_bytes(record.raw);
    line.bytes += bytes;
    line.records.push_back({std::move(record), bytes});
    if (line.records.size() >= records_ahead || line.bytes >= bytes_ahead) full_.insert(partition);
}

bool Turns::is_empty(std::size_t lane) const {
    return !due(lane);
}

bool Turns::is_empty() const {
    return !due();
}

bool Turns::fills_batch(std::size_t lane, std::size_t most_records) const {
    std::size_t records = 0;
    std::size_t bytes = 0;
    for (const auto partition : lanes_[lane].partitions) {
        const auto& line = lines_.at(partition);
        records += line.records.size();
        bytes += line.bytes;
    }
    return records >= most_records || bytes >= bytes_of_batch;
}

std::optional<Tick> Turns::due(std::size_t lane) const {
    std::optional<Tick> first;
    for (const auto partition : lanes_[lane].partitions) {
        const auto& line = lines_.at(partition);
        if (!line.records.empty()) first = std::min(first.value_or(line.until), line.until);
    }
    return first;
}

std::optional<Tick> Turns::due() const {
    std::optional<Tick> first;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        if (const auto one = due(lane)) first = std::min(first.value_or(*one), *one);
    }
    return first;
}

Batch Turns::next_batch(std::size_t lane, std::size_t most_records) {
    Batch batch;
    std::size_t bytes = 0;
    auto& [partitions, next] = lanes_[lane];
    for (std::size_t empty = 0; empty < partitions.size() && batch.size() < most_records && bytes < bytes_of_batch;) {
        const auto partition = partitions[next++ % partitions.size()];
        auto& line = lines_.at(partition);
        if (line.records.empty()) {
            ++empty;
            continue;
        }
        empty = 0;
        auto& first = line.records.front();
        bytes += first.bytes;
        line.bytes -= first.bytes;
        batch.push_back(std::move(first.record));
        line.records.pop_front();
    }
    std::erase_if(full_, [&](std::int32_t partition) {
        const auto& line = lines_.at(partition);
        return line.records.size() < records_ahead / 2 && line.bytes < bytes_ahead / 2;
    });
    return batch;
}

} // namespace coupon
