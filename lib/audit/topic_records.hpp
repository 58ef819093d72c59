#pragma once

#include "core/issue_record.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// A record of the topic as the audit read it.
struct TopicRecord {
    SourcePosition at;
    DecodedRecord decoded;
};

/// Many records, 24 bytes each: nearly all of a topic differ in place, user, slot and time alone. What else they say is kept once, and
/// those that are not like the others are kept whole.
class TopicRecords {
public:
    [[nodiscard]] std::size_t size() const { return records_.size(); }
    [[nodiscard]] bool empty() const { return records_.empty(); }
    /// `key` is that of the record's round, where there is one to compare with. A record that it signed keeps the word `verified` in place
    /// of its signature, any other is kept whole.
    void add(const TopicRecord& record, const std::optional<RoundKey>& key = {});
    [[nodiscard]] TopicRecord operator[](std::size_t index) const;
    /// What a record says of its grant; nullopt where it cannot be read.
    [[nodiscard]] std::optional<Grant> grant(std::size_t index) const;
    /// The event of a record that can be read; empty for others.
    [[nodiscard]] const std::string& event(std::size_t index) const;

private:
    /// What many records have in common.
    struct Kind {
        std::int32_t partition = 0;
        std::string event;
        Round round;
        Epoch epoch;
        Signature::Kind signature = Signature::Kind::none; ///< none or verified

        friend auto operator<=>(const Kind&, const Kind&) = default;
    };
    /// Records of one kind, counted from the first of them; a later one that is too far from it begins a new run.
    struct Run {
        Kind kind;
        std::int64_t first_offset = 0;
        Instant first_granted_at;
    };
    /// `run` is a place in runs_, or, from here on, one in others_.
    static constexpr std::uint32_t first_other = 1U << 31U;
    struct Compact {
        UserId user;
        std::uint32_t offset;    ///< beyond the run's first
        std::int32_t granted_at; ///< ms after the run's first
        std::int32_t slot;
        std::uint32_t run;
    };
    static_assert(sizeof(Compact) == 24);

    /// The record as one of this run, or nullopt where it is too far from the first. REQUIRES: a slot of 32 bits.
    [[nodiscard]] std::optional<Compact> within(std::uint32_t run, const SourcePosition& at, const Grant& grant) const;
    /// The latest run of the record's kind; a new one where there is none.
    [[nodiscard]] std::uint32_t latest_run(const SourcePosition& at, const IssueRecord& issue, Signature::Kind signature);
    void begin_run(const Kind& kind, const SourcePosition& at, const Grant& grant);
    [[nodiscard]] const TopicRecord* other(const Compact& record) const {
        return record.run < first_other ? nullptr : &others_[record.run - first_other];
    }

    std::vector<Compact> records_;
    std::vector<Run> runs_;
    std::map<Kind, std::uint32_t> latest_; ///< run of each kind
    std::uint32_t current_ = 0;            ///< run of the record before
    std::vector<TopicRecord> others_;
};

} // namespace coupon
