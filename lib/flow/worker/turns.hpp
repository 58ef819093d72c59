#pragma once

#include "flow/worker/lanes.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace coupon {

/// The records that wait for the lanes, partition by partition. Each partition has one lane. The partitions of a lane take turns, record by
/// record: a partition that is full of records, whatever they are, delays those of the others by no more than a batch.
class Turns {
public:
    explicit Turns(std::size_t lanes) : lanes_(lanes) {}

    /// Forgets all records, and shares these partitions out among the lanes.
    void assign(const std::set<std::int32_t>& partitions);
    /// `until`: from then on the record need not wait for a full batch. REQUIRES: its partition is assigned.
    void add(SourceRecord&& record, Tick until);

    /// Nothing waits for the lane; for any lane.
    [[nodiscard]] bool is_empty(std::size_t lane) const;
    [[nodiscard]] bool is_empty() const;
    /// As much waits for the lane as one batch takes.
    [[nodiscard]] bool fills_batch(std::size_t lane, std::size_t most_records) const;
    /// When the first record of the lane, or of all lanes, need not wait any longer; none where nothing waits.
    [[nodiscard]] std::optional<Tick> due(std::size_t lane) const;
    [[nodiscard]] std::optional<Tick> due() const;
    /// The next batch of the lane, taken out, a record of each partition in turn. At least one record where one waits.
    [[nodiscard]] Batch next_batch(std::size_t lane, std::size_t most_records);

    /// Partitions of which so much waits that no more is to be read, until half of it is taken.
    [[nodiscard]] const std::set<std::int32_t>& full() const { return full_; }

private:
    struct Waiting {
        SourceRecord record;
        std::size_t bytes = 0;
    };
    /// The records of one partition, in their order.
    struct Line {
        std::deque<Waiting> records;
        std::size_t bytes = 0;
        Tick until;
    };
    struct Lane {
        std::vector<std::int32_t> partitions;
        std::size_t next = 0; ///< whose turn it is
    };

    std::vector<Lane> lanes_;
    std::map<std::int32_t, Line> lines_; ///< by partition
    std::set<std::int32_t> full_;
};

} // namespace coupon
