#pragma once

#include "core/grant.hpp"
#include "core/index.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace coupon {

/// One application of a history file. Times are CLOCK_MONOTONIC nanoseconds.
struct HistoryEntry {
    std::int64_t id = 0;
    UserId user;
    std::int64_t invoke_ns = 0;
    std::optional<std::int64_t> answer_ns; ///< absent: no answer was written, so the outcome is unknown
    Answer answer = Answer::unknown;
    std::optional<Slot> slot;
    std::optional<Level> level;

    friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// Many applications, 24 bytes each: programs count them up, in long runs where several threads send, and nearly all are made within days
/// and answered within minutes. Those that are not like the others are kept whole.
class HistoryEntries {
public:
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    void push_back(const HistoryEntry& entry);
    void replace(std::size_t index, const HistoryEntry& entry);
    [[nodiscard]] HistoryEntry operator[](std::size_t index) const;
    [[nodiscard]] HistoryEntry front() const { return (*this)[0]; }
    [[nodiscard]] UserId user(std::size_t index) const { return entries_[index].user; }
    [[nodiscard]] std::int64_t invoke_ns(std::size_t index) const;
    /// REQUIRES: it was answered.
    [[nodiscard]] std::int64_t answer_ns(std::size_t index) const;
    [[nodiscard]] Answer answer(std::size_t index) const { return static_cast<Answer>(entries_[index].answer); }

private:
    struct Compact {
        UserId user;
        std::uint64_t invoke_ns : 50; ///< after the first
        std::uint64_t answer : 4;     ///< told of those kept whole, too
        std::uint64_t level : 3;
        std::uint64_t wait_high : 7; ///< nanoseconds until the answer, in two parts
        std::uint32_t wait_low;
        std::int32_t slot;
    };
    static_assert(sizeof(Compact) == 24);

    /// Ids that go up by one from the application at `index` on, until the next run.
    struct Run {
        std::size_t index;
        std::int64_t id;
    };

    [[nodiscard]] std::int64_t id_of(std::size_t index) const;
    [[nodiscard]] static std::int64_t wait_of(const Compact& compact);
    /// nullopt where a number does not fit.
    [[nodiscard]] std::optional<Compact> compact(std::size_t index, const HistoryEntry& entry) const;

    std::vector<Compact> entries_;
    std::map<Index, HistoryEntry> whole_;
    std::vector<Run> runs_; ///< by index; of the ids as they were added
    std::int64_t first_invoke_ns_ = 0;
};

} // namespace coupon
